"""A whole custody topic folded: counts, journeys, and the records that break it."""

from collections import Counter

from estafet.handover.v1 import custody_pb2 as pb
from google.protobuf.message import Message

from services.chassis.testing import A_MORNING, a_record
from services.handover import journey
from services.handover.fold import Entry, entry_of
from services.handover.ledger import Ledger
from tests.handover.builders import INTAKE, accepted, offered, opened, returned

LOG: list[tuple[Message, str]] = [
    (opened(), "complaint"),
    (offered(), "complaint"),
    (accepted(), "complaint"),
    (returned(), "protection"),
    (pb.MatterClosed(matter_id="m1", ground="settled", article="Art 30"), "complaint"),
]


def a_ledger(*records: tuple[int, Message, str]) -> Ledger:
    ledger = Ledger()
    for seq, event, writer in records:
        record = a_record(event, service=writer, seq=seq)
        ledger.read(record, event.SerializeToString())
    return ledger


def numbered(log: list[tuple[Message, str]]) -> list[tuple[int, Message, str]]:
    return [(seq, event, writer) for seq, (event, writer) in enumerate(log, start=1)]


def test_hand_overs_are_counted_by_kind_and_end() -> None:
    assert a_ledger(*numbered(LOG)).ends() == Counter({("protection.case", "accepted"): 1})


def test_an_open_matter_has_one_holder() -> None:
    (custody,) = a_ledger(*numbered(LOG[:4])).still_open()
    assert custody.holder == INTAKE


def test_a_closed_matter_is_open_no_more() -> None:
    assert list(a_ledger(*numbered(LOG)).still_open()) == []


def test_a_record_that_a_relay_repeats_changes_nothing() -> None:
    once, twice = numbered(LOG), [*numbered(LOG), *numbered(LOG[2:3])]
    assert a_ledger(*once).entries == a_ledger(*twice).entries


def test_another_record_with_the_same_number_breaks_the_log() -> None:
    other = pb.HolderReassigned(matter_id="m1", holder=INTAKE.to_proto())
    ledger = a_ledger(*numbered(LOG[:3]), (3, other, "complaint"))
    assert ledger.breaks["m1"].why == "matter m1: two different records are numbered 3"


def test_a_missing_record_breaks_the_log_where_it_is_missing() -> None:
    ledger = a_ledger(*numbered(LOG[:2]), (4, *LOG[3]))
    assert (ledger.breaks["m1"].seq, ledger.matters["m1"].custody_no) == (4, 2)


def test_a_holder_that_was_swapped_breaks_the_log() -> None:
    swapped = accepted()
    swapped.holder.organisation = "somebody else"
    ledger = a_ledger(*numbered([*LOG[:2], (swapped, "complaint")]))
    assert "to whom it was not offered" in ledger.breaks["m1"].why


def test_a_record_that_cannot_be_decoded_breaks_the_log() -> None:
    ledger = a_ledger(*numbered(LOG[:1]))
    ledger.read(a_record(offered(), service="complaint", seq=2), b"\xff")
    assert ledger.breaks["m1"].seq == 2


def test_a_journey_has_its_root_first() -> None:
    child = pb.MatterOpened(
        matter_id="a-child", journey_id="m1", parent_id="m1", kind="claim", holder=INTAKE.to_proto()
    )
    ledger = a_ledger((1, child, "complaint"), *numbered(LOG))
    assert [custody.matter_id for custody in ledger.journey("m1")] == ["m1", "a-child"]


def test_a_journey_is_told_in_words_with_its_holder() -> None:
    entries = [Entry(seq, event, A_MORNING, writer) for seq, event, writer in numbered(LOG)]
    told = [f"{step.text}; with {step.holder.unit}" for step in journey.steps("m1", entries)]
    assert told == [
        "complaint opened, held by kp2mi / intake; with intake",
        "offered to kp2mi / cases as protection.case, answer due 2024-03-07 03:00 UTC; with intake",
        "offer 2 accepted by kp2mi / cases; with cases",
        "returned to kp2mi / intake with result settled; with intake",
        "closed: settled Art 30; with intake",
    ]


def test_every_custody_event_has_words() -> None:
    assert {event.DESCRIPTOR.name for event in journey.WORDS} == set(
        pb.DESCRIPTOR.message_types_by_name
    )


def test_an_entry_knows_its_trace() -> None:
    record = a_record(opened(), service="complaint")
    traced = type(record)(**{**vars(record), "headers": {"traceparent": "00-abc-def-01"}})
    assert entry_of(traced, opened()).trace_id == "abc"
