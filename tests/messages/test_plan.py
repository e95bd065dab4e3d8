"""Where, when and in which words somebody is told something."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from services.messages.hours import ALWAYS, Span
from services.messages.notice import Channel
from services.messages.plan import (
    ASK_PAUSE,
    ASKS,
    AskAgain,
    Nowhere,
    Outcome,
    Plan,
    Reason,
    Saying,
    Send,
    Wait,
    Way,
)
from tests.messages.builders import (
    A_MORNING,
    AN_EVENING,
    EVENINGS,
    a_plan,
    a_question,
    a_way,
    an_alarm,
    an_officers_plan,
)

MAIL = a_way(Channel.EMAIL)
UNSAFE = a_way(Channel.SMS, safe=False)
READ_ALONG = a_way(Channel.SMS, read_by_employer=True)


def routed(plan: Plan, now: datetime = AN_EVENING, **more: Any) -> Outcome:
    return plan.route(a_question(**more), now)


def by(outcome: Outcome) -> tuple[Channel, Saying]:
    assert isinstance(outcome, Send)
    return outcome.way.channel, outcome.saying


def test_a_message_goes_by_the_safe_way_that_is_preferred() -> None:
    assert by(routed(a_plan(MAIL, a_way()))) == (Channel.EMAIL, Saying.FULL)


def test_a_way_that_is_not_safe_is_passed_over() -> None:
    assert by(routed(a_plan(UNSAFE, MAIL))) == (Channel.EMAIL, Saying.FULL)


def test_a_telephone_that_the_employer_reads_is_passed_over_even_if_called_safe() -> None:
    assert by(routed(a_plan(READ_ALONG, MAIL))) == (Channel.EMAIL, Saying.FULL)


def test_a_way_that_is_open_now_is_taken_before_one_that_is_preferred_and_closed() -> None:
    mail = a_way(Channel.EMAIL, hours=EVENINGS)
    assert by(routed(a_plan(mail, a_way()), A_MORNING)) == (Channel.SMS, Saying.FULL)


def test_outside_safe_hours_a_message_waits_for_the_first_hour_of_the_persons_own_zone() -> None:
    plan = a_plan(a_way(hours=EVENINGS))
    assert routed(plan, A_MORNING) == Wait(datetime(2024, 3, 4, 15, 0, tzinfo=UTC))


def test_danger_to_life_does_not_open_a_closed_hour() -> None:
    outcome = routed(a_plan(a_way(hours=EVENINGS)), A_MORNING, severity=4)
    assert isinstance(outcome, Wait)


def test_danger_to_life_does_not_make_a_way_safe() -> None:
    assert routed(a_plan(UNSAFE), severity=4) == Nowhere(Reason.NO_SAFE_WAY)


def test_what_is_sent_must_be_there_before_the_safe_hour_ends() -> None:
    outcome = routed(a_plan(a_way(hours=EVENINGS)))
    assert isinstance(outcome, Send)
    assert outcome.until == datetime(2024, 3, 4, 19, 0, tzinfo=UTC)


def test_an_agreed_text_without_content_may_go_where_the_employer_reads() -> None:
    way = a_way(read_by_employer=True, bare_agreed=True)
    assert by(routed(a_plan(way, bare="greeting"))) == (Channel.SMS, Saying.BARE)


def test_where_nobody_agreed_to_a_text_without_content_none_goes_there() -> None:
    assert routed(a_plan(READ_ALONG, bare="greeting")) == Nowhere(Reason.NO_SAFE_WAY)


def test_who_wants_messages_without_content_gets_none_with_it() -> None:
    plan = a_plan(MAIL, without_content=True, bare="greeting")
    assert by(routed(plan)) == (Channel.EMAIL, Saying.BARE)


def test_a_notification_of_the_browser_is_never_without_content_since_it_names_its_site() -> None:
    way = a_way(Channel.WEB_PUSH, bare_agreed=True)
    plan = a_plan(way, without_content=True, bare="greeting")
    assert routed(plan) == Nowhere(Reason.NO_SAFE_WAY)


def test_a_plan_without_a_safe_way_leads_nowhere() -> None:
    assert routed(a_plan(UNSAFE)) == Nowhere(Reason.NO_SAFE_WAY)


def test_a_safe_way_that_is_never_open_leads_nowhere() -> None:
    assert routed(a_plan(a_way(hours=()))) == Nowhere(Reason.NO_SAFE_WAY)


def test_in_doubt_the_person_is_asked_on_a_safe_way_first() -> None:
    assert routed(a_plan(UNSAFE, MAIL).doubted("code_word_missing")) == AskAgain(MAIL)


def test_in_doubt_nobody_is_asked_outside_safe_hours() -> None:
    plan = a_plan(a_way(hours=EVENINGS)).doubted("code_word_missing")
    assert isinstance(routed(plan, A_MORNING), Wait)


def test_after_a_question_an_answer_is_waited_for() -> None:
    plan = a_plan().doubted("code_word_missing").asked(AN_EVENING)
    assert routed(plan) == Wait(AN_EVENING + ASK_PAUSE)


def test_when_no_question_was_answered_the_officer_is_told() -> None:
    plan = a_plan().doubted("code_word_missing")
    for _ in range(ASKS):
        plan = plan.asked(AN_EVENING)
    assert routed(plan, AN_EVENING + ASK_PAUSE) == Nowhere(Reason.NO_ANSWER)


def test_once_confirmed_the_message_itself_goes() -> None:
    plan = a_plan().doubted("code_word_missing").asked(AN_EVENING).confirmed()
    assert by(routed(plan)) == (Channel.SMS, Saying.FULL)


AGREED = {"code_word": "melati"}
WITHOUT, WITH = "Ya, bisa.", "Ya, ini MELATI."


def wrote(plan: Plan, text: str, way: Way | None = None) -> Plan:
    way = way or a_way()
    return plan.heard(way.channel, way.address, text)


def test_who_writes_without_the_code_word_puts_the_plan_in_doubt() -> None:
    assert wrote(a_plan(**AGREED), WITHOUT).doubt == "no_code_word"


def test_who_answers_the_question_without_the_code_word_is_not_asked_anew() -> None:
    asked = wrote(a_plan(**AGREED), WITHOUT).asked(AN_EVENING)
    assert wrote(asked, WITHOUT) == asked


def test_who_never_has_the_code_word_is_told_to_an_officer_after_the_last_question() -> None:
    plan = wrote(a_plan(**AGREED), WITHOUT)
    for _ in range(ASKS):
        plan = wrote(plan.asked(AN_EVENING), WITHOUT)
    assert routed(plan, AN_EVENING + ASK_PAUSE) == Nowhere(Reason.NO_ANSWER)


def test_the_code_word_from_where_they_are_asked_settles_a_doubt() -> None:
    plan = wrote(wrote(a_plan(**AGREED), WITHOUT).asked(AN_EVENING), WITH)
    assert (plan.doubt, plan.asks, plan.asked_at) == ("", 0, None)


@pytest.mark.parametrize("way", [UNSAFE, READ_ALONG])
def test_a_telephone_that_is_not_private_settles_no_doubt_even_with_the_code_word(way: Way) -> None:
    plan = a_plan(way, MAIL, **AGREED).doubted("no_answer")
    assert wrote(plan, WITH, way) == plan


def test_where_no_word_was_agreed_any_reply_to_the_question_settles_a_doubt() -> None:
    assert wrote(a_plan().doubted("no_answer").asked(AN_EVENING), WITHOUT).doubt == ""


def test_where_no_word_was_agreed_a_message_before_the_question_settles_nothing() -> None:
    plan = a_plan().doubted("no_answer")
    assert wrote(plan, WITHOUT) == plan


def test_a_way_that_is_refused_is_another_event_and_is_asked_about_anew() -> None:
    plan = a_plan(a_way(), MAIL, **AGREED).doubted("no_code_word").asked(AN_EVENING)
    assert plan.refused(Channel.SMS, a_way().address).asks == 0


@pytest.mark.parametrize("text", ["melatih anak", "ini bunga mela ti", "permelatian"])
def test_a_code_word_is_a_word_and_no_part_of_one(text: str) -> None:
    assert wrote(a_plan(**AGREED), text).doubt == "no_code_word"


def test_an_address_where_nobody_is_puts_the_others_in_doubt() -> None:
    plan = a_plan(a_way(), MAIL).refused(Channel.SMS, a_way().address)
    assert routed(plan) == AskAgain(MAIL)


def test_a_subscription_that_has_ended_puts_nothing_in_doubt() -> None:
    push = a_way(Channel.WEB_PUSH)
    plan = a_plan(push, MAIL).without(Channel.WEB_PUSH, push.address)
    assert by(routed(plan)) == (Channel.EMAIL, Saying.FULL)


def test_an_officer_is_left_alone_at_night() -> None:
    midnight = datetime(2024, 3, 4, 17, 0, tzinfo=UTC)
    outcome = an_officers_plan().route(an_alarm(), midnight)
    assert outcome == Wait(datetime(2024, 3, 5, 0, 0, tzinfo=UTC))


def test_an_officer_is_told_of_danger_to_life_at_night() -> None:
    midnight = datetime(2024, 3, 4, 17, 0, tzinfo=UTC)
    assert isinstance(an_officers_plan().route(an_alarm(severity=4), midnight), Send)


def test_hours_are_read_on_the_wall_clock_when_it_is_put_forward() -> None:
    sunday = Span(weekday=6, opens=2 * 60 + 30, closes=4 * 60)
    plan = a_plan(a_way(hours=(sunday,)), zone="America/New_York")
    before = datetime(2024, 3, 10, 6, 0, tzinfo=UTC)
    assert routed(plan, before) == Wait(datetime(2024, 3, 10, 7, 0, tzinfo=UTC))


def test_a_plan_is_read_as_it_was_written() -> None:
    plan = a_plan(MAIL, a_way(hours=EVENINGS), code_word="Melati", bare="recipe").doubted("told")
    assert Plan.model_validate_json(plan.model_dump_json()) == plan


def test_always_is_one_word() -> None:
    assert Way.model_validate(BY_SMS).hours == ALWAYS


BY_SMS = {"channel": "sms", "address": "+628120000001", "safe": True, "hours": "always"}
GOOD = {"zone": "Asia/Riyadh", "ways": [BY_SMS]}
HOURS = {"weekday": "monday", "opens": "18:00", "closes": "22:00"}


def a_changed_way(**more: object) -> dict[str, object]:
    return {"ways": [{**BY_SMS, **more}]}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"zone": "Arab"}, "'Arab' is no time zone: write it as Asia/Jakarta"),
        ({"ways": [BY_SMS, BY_SMS]}, "names one address twice"),
        ({"bare": "shout"}, "no innocuous text 'shout': one of greeting"),
        ({"code_word": "Pengaduan"}, "would tell what it is about"),
        ({"code_word": "melati 7"}, "letters and no digits"),
        ({"shift": "night"}, "Extra inputs are not permitted"),
        (a_changed_way(address="08120000001"), "begins with its country"),
        (a_changed_way(address="+62 81"), "begins with its country"),
        (a_changed_way(address="+62 812 0000 001 ext. 5"), "begins with its country"),
        (a_changed_way(channel="email"), "no e-mail address"),
        (a_changed_way(channel="email", address="a@b.example\nBcc: x@y.example"), "no e-mail"),
        (a_changed_way(channel="web_push", address="{}"), "no push subscription"),
        (a_changed_way(hours=[{**HOURS, "closes": "17:00"}]), "opens before it closes"),
        (a_changed_way(hours=[{**HOURS, "opens": "6 pm"}]), "'6 pm' is no time of day"),
        (a_changed_way(hours=[{**HOURS, "weekday": "senin"}]), "'senin' is no day of the week"),
    ],
)
def test_a_plan_with_a_fault_is_refused_with_the_reason(
    change: dict[str, object], told: str
) -> None:
    with pytest.raises(ValidationError, match=told):
        Plan.model_validate({**GOOD, **change})


def test_a_telephone_number_is_kept_as_one_whatever_the_writing() -> None:
    assert a_way(address="0062 (812) 000-0001").address == "+628120000001"


def test_waiting_is_never_for_longer_than_a_week() -> None:
    span = Span(weekday=0, opens=0, closes=1)
    outcome = routed(a_plan(a_way(hours=(span,))))
    assert isinstance(outcome, Wait)
    assert outcome.until - AN_EVENING <= timedelta(days=7)
