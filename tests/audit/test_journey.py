"""A journey for people: all its matters and events in order of time, with their traces."""

from dataclasses import replace

import pytest

from services.chassis.envelope import Record
from services.chassis.errors import NotFound
from services.chassis.testing import a_record
from services.cli.journey import journey_of, told_lines
from tests.audit.books import LOG, a_ledger
from tests.handover.builders import opened


def an_event(journey_id: str, trace_id: str = "") -> Record:
    """Complaint tells something between the first and the second custody record."""
    record = a_record(opened(), service="complaint")
    headers = {"traceparent": f"00-{trace_id}-b7ad6b7169203331-01"} if trace_id else {}
    return replace(
        record,
        topic="estafet.complaint.v1",
        type="estafet.complaint.v1.ComplaintTriaged",
        time=LOG[0].at,
        journey_id=journey_id,
        headers=headers,
    )


def test_events_stand_between_the_custody_records_in_order_of_time() -> None:
    journey = journey_of("m1", a_ledger(*LOG), [an_event("m1")])
    assert [line.text.split(",")[0] for line in journey.lines] == [
        "complaint opened",
        "ComplaintTriaged told by complaint",
        "offered to kp2mi / cases as protection.case",
        "offer 2 accepted by kp2mi / cases",
    ]


def test_events_of_other_journeys_are_left_out() -> None:
    assert len(journey_of("m1", a_ledger(*LOG), [an_event("m2")]).lines) == len(LOG)


def test_it_says_who_holds_now_and_until_when_an_offer_stands() -> None:
    (standing,) = journey_of("m1", a_ledger(*LOG[:2]), []).standing
    assert standing.startswith("complaint m1: held by kp2mi / intake since 2024-03-04 04:00 UTC")
    assert standing.endswith("offered to kp2mi / cases until 2024-03-07 03:00 UTC")


def test_a_log_that_breaks_is_told_up_to_the_break() -> None:
    journey = journey_of("m1", a_ledger(LOG[0], LOG[2]), [])
    assert len(journey.lines) == 1
    assert "its log breaks at 3" in journey.standing[0]


def test_a_trace_stands_before_its_first_record_with_its_address() -> None:
    journey = journey_of("m1", a_ledger(*LOG), [an_event("m1", "ab" * 16)])
    told = told_lines(journey, lambda trace_id: f"http://zipkin/{trace_id}")
    at = told.index(f"  trace http://zipkin/{'ab' * 16}")
    assert "ComplaintTriaged" in told[at + 1]
    assert journey.traces == ["ab" * 16]


def test_an_unknown_matter_is_said_to_be_unknown() -> None:
    with pytest.raises(NotFound, match="no custody log tells of matter m9"):
        journey_of("m9", a_ledger(*LOG), [])
