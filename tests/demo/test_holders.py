from datetime import UTC, datetime, timedelta

from estafet.handover.v1 import custody_pb2 as pb
from google.protobuf.message import Message

from services.cli.demo.expected import Expected
from services.cli.demo.holders import Seen, ends_by_kind, faults
from services.cli.demo.latency import Latency
from services.handover.custody import Party
from services.handover.fold import Entry
from services.handover.ledger import Ledger

COMPLAINT = Party("complaint", "kp2mi")
PROTECTION = Party("protection", "kp2mi")
AT = datetime(2024, 9, 2, 2, tzinfo=UTC)


def offered() -> pb.HandoverOffered:
    event = pb.HandoverOffered(
        matter_id="m1",
        giver=COMPLAINT.to_proto(),
        receiver=PROTECTION.to_proto(),
        kind="protection.case",
    )
    event.due_at.FromDatetime(AT + timedelta(days=3))
    return event


def a_ledger(*events: Message) -> Ledger:
    ledger = Ledger()
    opened = pb.MatterOpened(
        matter_id="m1", journey_id="m1", kind="complaint", holder=COMPLAINT.to_proto()
    )
    for number, event in enumerate((opened, *events), 1):
        ledger.take("m1", Entry(number, event, AT, "complaint", str(number)))
    return ledger


def seen(
    holder: str = "complaint", batons: tuple[str, ...] = ("complaint",), *, closed: bool = False
) -> Seen:
    services = ("complaint", "protection")
    return Seen(
        {name: {"m1": (holder, closed)} for name in services},
        {name: frozenset({"m1"} if name in batons else ()) for name in services},
    )


def a_world(**offers: int) -> Expected:
    world = Expected(filed=1, holders={0: "complaint"})
    world.offers.update(offers)
    return world


def test_a_matter_that_all_agree_on_has_no_fault() -> None:
    assert not list(faults(a_ledger(), seen(), a_world(), {0: "m1"}))


def test_an_offer_that_waits_counts_as_open() -> None:
    assert ends_by_kind(a_ledger(offered())) == {"protection.case": {"open": 1}}
    assert not list(faults(a_ledger(offered()), seen(), a_world(open=1), {0: "m1"}))


def test_a_hand_over_that_the_script_did_not_make_is_named() -> None:
    found = list(faults(a_ledger(offered()), seen(), a_world(), {0: "m1"}))
    assert found == ["1 hand-overs open, and the script has 0"]


def test_a_service_that_sees_another_holder_is_named_with_the_record() -> None:
    found = list(faults(a_ledger(), seen(holder="protection"), a_world(), {0: "m1"}))
    assert len(found) == 2
    assert found[0].startswith("estafet.custody.v1 m1 1: complaint says")


def test_two_batons_or_none_are_named_with_the_record() -> None:
    for batons, who in ((("complaint", "protection"), "complaint and protection"), ((), "nobody")):
        (found,) = faults(a_ledger(), seen(batons=batons), a_world(), {0: "m1"})
        assert found == f"estafet.custody.v1 m1 1: the log names complaint, and {who} has the baton"


def test_a_filing_without_a_matter_is_named() -> None:
    (found,) = faults(a_ledger(), seen(), a_world(), {0: "m1", 1: "m2"})
    assert found == "estafet.custody.v1 m2: nothing, and the script leaves it closed"


def test_percentiles_need_two_offers_and_name_seconds() -> None:
    assert Latency({("m1", 2): 0.1}).percentiles() == {}
    hundredths = {(f"m{n}", 2): n / 100 for n in range(101)}
    assert Latency(hundredths).percentiles() == {50: 0.5, 95: 0.95, 99: 0.99}
