"""What a complainant can do alone: follow by number and secret, be told, come back."""

from __future__ import annotations

import pytest
from babel.dates import format_date

from services.process.calendar import local_day
from tests.journeys.people import Person, Refused
from tests.journeys.relay import Relay
from tests.journeys.story import Story

pytestmark = [pytest.mark.stack, pytest.mark.complaint]


def opened(relay: Relay, story: Story, secret: str = "") -> Person:
    """The complainant, signed in by number and secret from a fresh address."""
    key = {"number": story.number, "secret": secret or story.secret}
    return relay.person(relay.person().post("/v1/access", **key)["token"])


def test_number_and_secret_open_ones_own_complaint_and_no_other(relay: Relay) -> None:
    story, other = Story(relay).file(), Story(relay).file()
    complainant = opened(relay, story)
    told = complainant.get(f"/v1/complaints/{story.complaint_id}/status")
    assert (told["number"], told["stage"]) == (story.number, "STAGE_RECEIVED")
    day = format_date(local_day(relay.clock.now()), "d MMMM y", locale="id")
    assert told["summary"].startswith(f"Pengaduan Anda kami terima pada {day}. ")
    with pytest.raises(Refused, match="403 PERMISSION"):
        complainant.get(f"/v1/complaints/{other.complaint_id}/status")


def test_a_complainant_reads_the_answer_but_not_what_officials_wrote_to_each_other(
    relay: Relay,
) -> None:
    story = Story(relay).file().triage().offer()
    story.offer_act("decline", code="not_ours", text="between officers")
    story.wait_for_stage("TRIAGED")
    story.complaint_act("answer", text="your wages are on their way")
    complainant = opened(relay, story)
    told = complainant.get(f"/v1/complaints/{story.complaint_id}/status")
    assert [answer["text"] for answer in told["answers"]] == ["your wages are on their way"]
    (note,) = relay.rows(
        "protection", "SELECT note_id FROM note WHERE matter_id = %s", story.complaint_id
    )
    path = f"/v1/protection/matters/{story.complaint_id}/notes/{note['note_id']}"
    with pytest.raises(Refused, match="401"):
        complainant.get(path, purpose="to know")


def test_a_wrong_secret_is_refused_and_soon_not_even_judged(relay: Relay) -> None:
    story, thief = Story(relay).file(), relay.person()
    key = {"number": story.number, "secret": "wrong wrong wrong"}
    reasons = [refusal(thief, key).reason for _ in range(7)]
    assert reasons == ["WRONG_SECRET"] * 5 + ["RATE_LIMITED"] * 2
    limited = refusal(thief, key).answer
    assert limited.status_code == 429
    assert int(limited.headers["Retry-After"]) >= 1
    with pytest.raises(Refused, match="429 RATE_LIMITED"):
        opened(relay, story)


def test_a_number_that_does_not_exist_is_refused_like_a_wrong_secret(relay: Relay) -> None:
    story = Story(relay).file()
    wrong = refusal(relay.person(), {"number": story.number, "secret": "wrong"})
    none = refusal(relay.person(), {"number": "AAAA-AAAA-AAAA", "secret": "wrong"})
    told = [{**answer.answer.json(), "request_id": "", "trace_id": ""} for answer in (wrong, none)]
    assert told[0] == told[1]


def refusal(person: Person, key: dict[str, str]) -> Refused:
    with pytest.raises(Refused) as refused:
        person.post("/v1/access", **key)
    return refused.value


def test_a_question_is_no_complaint_it_is_answered_and_closed(relay: Relay) -> None:
    story = Story(relay).file(narrative="how do I extend my contract?")
    story.triage("information", severity=0)
    with pytest.raises(Refused, match="409 NO_RECEIVER"):
        story.complaint_act("offer")
    with pytest.raises(Refused, match="409 NOT_ANSWERED"):
        story.complaint_act("close", ground="information_given")
    story.complaint_act("answer", text="at the embassy")
    story.complaint_act("close", ground="information_given")
    assert story.status()["stage"] == "STAGE_CLOSED"
    assert "the information has been given" in story.status()["summary"]
