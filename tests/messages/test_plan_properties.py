"""Whatever the plan, the message and the instant: nothing about a matter leaves by a way that is
not private, or outside safe hours."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.messages.hours import A_DAY, ALWAYS, Span, closes_at, is_open, opens_at
from services.messages.innocuous import innocuous
from services.messages.notice import ASK, Audience, Channel, Language, Notice
from services.messages.plan import AskAgain, Nowhere, Plan, Saying, Send, Wait, Way
from services.messages.texts import Kind, texts
from tests.messages.builders import ADDRESSES
from tests.support.examples import examples

pytestmark = pytest.mark.property
# No deadline: the first draw of a zone reads its file.
checked = settings(deadline=None, max_examples=examples(25, in_depth=300))

# In every value of every notice, and in nothing else.
CANARY = "zyzzyva"
ZONES = (
    "Asia/Jakarta",
    "Asia/Riyadh",
    "Asia/Hong_Kong",
    "America/New_York",
    "Australia/Lord_Howe",
    "Europe/London",
    "Africa/Casablanca",
)

# With half the instants around the changes of clocks of 2024.
instants = st.one_of(
    st.integers(1_700_000_000, 1_760_000_000),
    st.integers(1_710_000_000, 1_712_500_000),
    st.integers(1_729_900_000, 1_730_700_000),
).map(lambda second: datetime.fromtimestamp(second, UTC))
zones = st.sampled_from(ZONES).map(ZoneInfo)


@st.composite
def spans(draw: Any) -> Span:
    opens = draw(st.integers(0, A_DAY - 1))
    return Span(
        weekday=draw(st.integers(0, 6)), opens=opens, closes=draw(st.integers(opens + 1, A_DAY))
    )


hours = st.one_of(st.just(ALWAYS), st.lists(spans(), max_size=6).map(tuple))


@st.composite
def ways(draw: Any) -> tuple[Way, ...]:
    channels = draw(st.lists(st.sampled_from(Channel), unique=True, max_size=4))
    return tuple(
        Way(
            channel=channel,
            address=ADDRESSES[channel],
            hours=draw(hours),
            **{
                name: draw(st.booleans())
                for name in ("safe", "read_by_employer", "bare_agreed", "refused")
            },
        )
        for channel in channels
    )


@st.composite
def plans(draw: Any) -> Plan:
    return Plan(
        ways=draw(ways()),
        zone=draw(st.sampled_from(ZONES)),
        language=draw(st.sampled_from(Language)),
        code_word=draw(st.sampled_from(["", "Melati", "hujan deras"])),
        bare=draw(st.sampled_from(["", *innocuous().agreed])),
        without_content=draw(st.booleans()),
        doubt=draw(st.sampled_from(["", "way_refused"])),
        asks=draw(st.integers(0, 4)),
        asked_at=draw(st.none() | instants),
    )


VALUES = {
    Kind.TEXT: st.text(max_size=30).map(lambda text: f"{CANARY}{text}"),
    Kind.COUNT: st.integers(0, 99),
    Kind.DAY: st.dates(date(2024, 1, 1), date(2030, 1, 1)),
    Kind.INSTANT: instants,
    Kind.LINES: st.lists(st.just(CANARY), max_size=3),
}
TO_PEOPLE = [code for code, each in texts().templates.items() if each.to is Audience.PERSON]


@st.composite
def notices(draw: Any) -> Notice:
    code = draw(st.sampled_from([*TO_PEOPLE, ASK]))
    severity = draw(st.integers(0, 4))
    if code == ASK:
        return Notice(ASK, "c1", {}, severity)
    kinds = texts().template(code).parameters
    values = {name: draw(VALUES[kind]) for name, kind in kinds.items()}
    return Notice(code, "c1", values, severity)


def said(plan: Plan, notice: Notice, send: Send) -> str:
    words = texts().render(notice, plan, send.saying)
    return f"{words.subject}\n{words.text}"


@checked
@given(plans(), notices(), instants)
def test_there_is_always_exactly_one_outcome(plan: Plan, notice: Notice, now: datetime) -> None:
    found = [isinstance(plan.route(notice, now), kind) for kind in (Send, Wait, AskAgain, Nowhere)]
    assert found.count(True) == 1


def test_what_is_tried_here_comes_to_every_outcome_and_often_to_ways_that_are_not_private() -> None:
    met = Counter[str]()

    @settings(deadline=None, max_examples=300, derandomize=True, database=None)
    @given(plans(), notices(), instants)
    def route(plan: Plan, notice: Notice, now: datetime) -> None:
        outcome = plan.route(notice, now)
        met[type(outcome).__name__] += 1
        met["where others read"] += isinstance(outcome, Send) and not outcome.way.is_private

    route()
    assert all(met[kind.__name__] > 0 for kind in (Send, Wait, AskAgain, Nowhere)), met
    assert met["where others read"] >= 3, met


@checked
@given(plans(), notices(), instants)
def test_what_is_said_where_somebody_reads_along_tells_nothing(
    plan: Plan, notice: Notice, now: datetime
) -> None:
    outcome = plan.route(notice, now)
    if isinstance(outcome, Send) and not outcome.way.is_private:
        words = said(plan, notice, outcome)
        assert CANARY not in words
        assert innocuous().tells(words.replace("\n", " ")) == ""


@checked
@given(plans(), notices(), instants)
def test_what_is_said_where_somebody_reads_along_was_agreed_for_that_way(
    plan: Plan, notice: Notice, now: datetime
) -> None:
    outcome = plan.route(notice, now)
    if isinstance(outcome, Send) and not outcome.way.is_private:
        text = texts().render(notice, plan, outcome.saying).text
        agreed, _ = innocuous().saying(plan.bare, plan.language)
        assert (text, outcome.way.bare_agreed) == (f"{agreed} {plan.code_word}".strip(), True)


@checked
@given(plans(), notices(), instants)
def test_who_wants_no_content_gets_none_and_who_is_in_doubt_neither(
    plan: Plan, notice: Notice, now: datetime
) -> None:
    outcome = plan.route(notice, now)
    if isinstance(outcome, Send) and (plan.without_content or plan.doubt):
        assert outcome.saying is Saying.BARE


@checked
@given(plans(), notices(), instants)
def test_nothing_leaves_outside_safe_hours_nor_by_a_way_that_was_refused(
    plan: Plan, notice: Notice, now: datetime
) -> None:
    outcome = plan.route(notice, now)
    if isinstance(outcome, (Send, AskAgain)):
        assert is_open(outcome.way.hours, ZoneInfo(plan.zone), now)
        assert not outcome.way.refused


@checked
@given(plans(), notices(), instants)
def test_asking_again_is_by_a_private_way(plan: Plan, notice: Notice, now: datetime) -> None:
    outcome = plan.route(notice, now)
    if isinstance(outcome, AskAgain):
        assert outcome.way.is_private


WRITTEN = st.sampled_from(["ya", "5", "Melati", "ya, HUJAN  deras.", "melatih", "hujan"])


@checked
@given(plans(), st.sampled_from(Channel), WRITTEN)
def test_whatever_is_written_a_doubt_ends_only_where_it_may_be_asked_and_never_begins_anew(
    plan: Plan, channel: Channel, text: str
) -> None:
    heard = plan.heard(channel, ADDRESSES[channel], text)
    assert heard.ways == plan.ways
    if plan.doubt and heard != plan:
        assert heard == plan.confirmed()
        (way,) = (each for each in plan.ways if each.channel is channel)
        assert way.is_private
        assert not way.refused


@checked
@given(plans(), notices(), instants)
def test_waiting_ends_later_than_now(plan: Plan, notice: Notice, now: datetime) -> None:
    outcome = plan.route(notice, now)
    if isinstance(outcome, Wait):
        assert outcome.until > now


@checked
@given(plans(), notices(), instants)
def test_severity_changes_nothing_for_people(plan: Plan, notice: Notice, now: datetime) -> None:
    urgent = Notice(notice.code, notice.matter_id, notice.values, 4)
    assert plan.route(urgent, now) == plan.route(notice, now)


@checked
@given(plans(), notices(), st.sampled_from([Saying.FULL, Saying.BARE]))
def test_the_language_is_the_plans_or_else_indonesian_and_what_no_speaker_read_is_marked(
    plan: Plan, notice: Notice, saying: Saying
) -> None:
    plan = plan.model_copy(update={"bare": plan.bare or "greeting"})
    words = texts().render(notice, plan, Saying.BARE if notice.code == ASK else saying)
    known = plan.language in (Language.ID, Language.EN)
    assert words.language in ({plan.language} if known else {plan.language, Language.ID})
    assert words.reviewed is (words.language in (Language.ID, Language.EN))
    assert words.for_officer.endswith("[belum ditinjau penutur]") is not words.reviewed


@checked
@given(hours, zones, instants)
def test_the_first_open_instant_is_open_and_none_before_it_is(
    week: tuple[Span, ...], zone: ZoneInfo, now: datetime
) -> None:
    found = opens_at(week, zone, now)
    if found is None:
        assert week == ()
        return
    assert is_open(week, zone, found)
    minutes = int((found - now) / timedelta(minutes=1))
    step = max(1, minutes // 200)
    early = (now + timedelta(minutes=n) for n in (*range(0, minutes, step), minutes - 1))
    assert not any(is_open(week, zone, at) for at in early if now <= at < found)


@checked
@given(hours, zones, instants)
def test_until_it_closes_every_minute_is_open(
    week: tuple[Span, ...], zone: ZoneInfo, now: datetime
) -> None:
    minutes = int((closes_at(week, zone, now) - now) / timedelta(minutes=1))
    every = (now + timedelta(minutes=n) for n in range(0, minutes, max(1, minutes // 300)))
    assert all(is_open(week, zone, at) for at in every)
