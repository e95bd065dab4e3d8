"""What clocks do. Domain time only moves forward, so the tests stand in the order of their dates;
each starts on a date of its own and can run alone.

2024: 11 March is Nyepi, 12 March collective leave; Idul Fitri with its leave is 8 to 15 April.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest

from services.process.calendar import JAKARTA
from tests.journeys.people import Refused
from tests.journeys.relay import Relay
from tests.journeys.story import Story
from tests.support.waiting import until

pytestmark = [pytest.mark.stack, pytest.mark.complaint]

SECOND = timedelta(seconds=1)


def at(month: int, day: int, hour: int) -> datetime:
    return datetime(2024, month, day, hour, tzinfo=JAKARTA)


def due(story: Story) -> datetime:
    return datetime.fromisoformat(story.status()["due_at"])


def lapsed(story: Story, times: int) -> bool:
    return bool(story.seen()["setbacks"] == times)


def test_an_offer_lapses_after_three_working_days_and_comes_back_escalated(relay: Relay) -> None:
    relay.clock.advance_to(at(3, 8, 9))  # the Friday before Nyepi and its leave
    story = Story(relay).file().triage().offer()
    assert due(story) == at(3, 15, 16)
    relay.clock.advance_to(at(3, 15, 15))
    story.complaint_officer.get("/v1/complaints")
    assert story.status()["stage"] == "STAGE_OFFERED"
    relay.clock.advance_to(at(3, 15, 16) + SECOND)
    story.wait_for_stage("TRIAGED")
    assert lapsed(story, times=1)
    until(lambda: story.queued() is None)  # protection reads of it in its own time
    assert story.status()["holder"] == holder("layanan_pengaduan")


def holder(unit: str) -> dict[str, str]:
    return {"service": "complaint", "organisation": "kp2mi", "unit": unit, "officer_id": ""}


def test_after_two_lapses_a_coordinator_holds_the_complaint(relay: Relay) -> None:
    relay.clock.advance_to(at(3, 18, 9))
    story = Story(relay).file().triage("physical_abuse", severity=4)
    for times, day in ((1, 19), (2, 21)):  # one working day each, the second from after hours
        story.offer()
        assert due(story) == at(3, day, 16)
        relay.clock.advance_to(at(3, day, 16) + SECOND)
        until(lambda times=times: lapsed(story, times))  # type: ignore[misc] # a default binds it
    until(lambda: story.status()["holder"] == holder("coordinator"))
    assert story.offer().accept().status()["holder"]["service"] == "protection"


def test_an_acceptance_after_the_clock_is_refused(relay: Relay) -> None:
    relay.clock.advance_to(at(3, 22, 9))
    story = Story(relay).file().triage().offer()
    with relay.deaf("protection"):
        relay.clock.advance_to(due(story) + SECOND)
        with pytest.raises(Refused, match="409 OFFER_LAPSED"):
            story.offer_act("accept")
        story.wait_for_stage("TRIAGED")


def test_an_acceptance_by_a_machine_whose_clock_is_late_makes_a_case_that_never_begins(
    relay: Relay,
) -> None:
    relay.clock.advance_to(at(3, 28, 9))
    story = Story(relay).file().triage().offer()
    ends = due(story)
    with relay.deaf("protection"):
        relay.clock.advance_to(ends + SECOND)
        story.wait_for_stage("TRIAGED")
        with set_back(relay, timedelta(hours=1)):
            story.case_id = story.offer_act("accept")["case_id"]
    assert story.wait_for_case("CASE_STATUS_VOID")
    assert story.status()["holder"]["service"] == "complaint"


@contextmanager
def set_back(relay: Relay, by: timedelta) -> Iterator[None]:
    """The machine's clock stands too early for a while."""
    file = relay.stack.layout.home / "clock.json"
    right = file.read_text()
    draft = file.with_name(".late")
    seconds = (relay.clock.offset() - by).total_seconds()
    draft.write_text(f'{{"offset_seconds": {seconds}}}')
    draft.replace(file)
    try:
        yield
    finally:
        draft.write_text(right)
        draft.replace(file)


def test_an_acceptance_sent_in_time_counts_even_if_it_is_read_after_the_clock(
    relay: Relay,
) -> None:
    relay.clock.advance_to(at(4, 4, 9))
    story = Story(relay).file().triage().offer()
    ends = due(story)
    assert ends == at(4, 17, 16)  # over Idul Fitri and its leave
    with relay.deaf("complaint"):
        story.case_id = story.offer_act("accept")["case_id"]
        until(lambda: relay.is_sent("protection"))
        relay.clock.advance_to(ends + SECOND)
        tried = "SELECT 1 FROM timer WHERE matter_id = %s AND attempts > 0"
        until(lambda: relay.rows("complaint", tried, story.complaint_id))
    assert story.wait_for_case("CASE_STATUS_OPEN")
    assert story.seen()["setbacks"] == 0


def test_a_question_that_nobody_answers_ends_the_offer(relay: Relay) -> None:
    relay.clock.advance_to(at(4, 18, 9))
    story = Story(relay).file().triage().offer()
    story.offer_act("ask", text="which months?", answer_within_days=5)
    until(lambda: story.seen()["question_note_id"])
    assert due(story) == at(4, 25, 16)
    relay.clock.advance_to(at(4, 23, 17))  # the offer's own clock would have ended: it stands
    assert story.status()["stage"] == "STAGE_OFFERED"
    relay.clock.advance_to(at(4, 25, 16) + SECOND)
    story.wait_for_stage("TRIAGED")
    assert lapsed(story, times=1)


def test_a_closed_complaint_can_be_reopened_for_thirty_days_and_not_later(relay: Relay) -> None:
    relay.clock.advance_to(at(5, 6, 9))
    early, late = (answered_and_closed(relay) for _ in range(2))
    relay.clock.advance_to(at(6, 4, 9))
    early.complaint_act("reopen", code="not_satisfied")
    assert early.status()["stage"] == "STAGE_TRIAGED"
    assert due(early) == at(6, 11, 16)
    relay.clock.advance_to(at(6, 5, 10))
    with pytest.raises(Refused, match="409 WINDOW_PASSED"):
        late.complaint_act("reopen", code="not_satisfied")
    assert early.offer().accept().status()["holder"]["service"] == "protection"


def answered_and_closed(relay: Relay) -> Story:
    story = Story(relay).file().triage()
    story.complaint_act("answer", text="done")
    story.complaint_act("close", ground="demand_met")
    return story
