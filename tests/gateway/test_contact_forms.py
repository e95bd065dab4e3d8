"""A contact plan goes through the family's form and back, and nothing of it is lost."""

import pytest
from estafet.complaint.v1 import service_pb2 as pb
from hypothesis import given
from hypothesis import strategies as st

from services.complaint.contact import plan_of
from services.gateway.contact_forms import (
    CONTACT,
    DAILY,
    MIDNIGHT,
    WEEKDAYS,
    Span,
    as_form,
    as_plan,
    kept,
    spans,
    told,
)
from services.gateway.forms import empty_form
from services.gateway.languages import TEXTS, zones
from services.gateway.problems import Problem
from services.messages.innocuous import innocuous
from services.messages.notice import Language

TIMES = st.sampled_from([f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 30)])
SPANS = st.tuples(st.sampled_from(WEEKDAYS), TIMES, TIMES).filter(lambda span: span[1] < span[2])
WAYS = st.builds(
    pb.ContactWay,
    channel=st.sampled_from(["email", "sms", "whatsapp", "web_push"]),
    address=st.text("abc@.+ 0123456789", min_size=1, max_size=20),
    safe=st.booleans(),
    hours=st.lists(
        SPANS.map(lambda span: pb.SafeHours(weekday=span[0], opens=span[1], closes=span[2])),
        max_size=5,
        unique_by=lambda hours: (hours.weekday, hours.opens, hours.closes),
    ),
    bare_agreed=st.booleans(),
)
PLANS = st.builds(
    pb.ContactPlan,
    ways=st.lists(WAYS, max_size=8),
    zone=st.sampled_from(["Asia/Jakarta", "Asia/Riyadh"]),
    language=st.sampled_from(["id", "jv"]),
    code_word=st.sampled_from(["", "melati"]),
    bare=st.sampled_from(["", "recipe"]),
    without_content=st.booleans(),
)


def sorted_hours(plan: pb.ContactPlan) -> pb.ContactPlan:
    for way in plan.ways:
        hours = sorted(way.hours, key=lambda each: (each.weekday, each.opens, each.closes))
        del way.hours[:]
        way.hours.extend(hours)
    return plan


@given(PLANS)
def test_what_a_plan_says_is_the_same_after_the_form(plan: pb.ContactPlan) -> None:
    values = as_form(empty_form(CONTACT), plan).values
    assert sorted_hours(as_plan(values)) == sorted_hours(plan)


@given(st.sampled_from([DAILY, *WEEKDAYS]), TIMES, TIMES)
def test_hours_that_the_form_can_say_are_said_by_it(days: str, opens: str, closes: str) -> None:
    hours = spans(days, opens, closes)
    said = told(hours)
    assert said[0] in {DAILY, *WEEKDAYS, ""}
    assert not said[0] or set(spans(*said)) == set(hours)


@given(st.lists(SPANS, min_size=1, max_size=6, unique=True))
def test_other_hours_are_kept_as_they_were(hours: list[Span]) -> None:
    days, opens, closes = told(hours)
    assert set(kept(days) or spans(days, opens, closes)) == set(hours)


def test_a_night_ends_on_the_day_after() -> None:
    assert spans("sunday", "20:00", "06:00") == [
        ("sunday", "20:00", "24:00"),
        ("monday", MIDNIGHT, "06:00"),
    ]


def test_an_employer_who_reads_along_makes_a_way_unsafe() -> None:
    values = empty_form(CONTACT).values
    values |= {"channel_1": "sms", "address_1": "+62 81", "readers_1": "employer"}
    (way,) = as_plan(values).ways
    assert (way.safe, way.read_by_employer) == (False, True)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"readers_2": ""}, "readers_2"),
        ({"days_2": "daily", "closes_2": "20:00"}, "opens_2"),
        ({"days_2": "sunday", "opens_2": "8", "closes_2": "20:00"}, "opens_2"),
        ({"days_2": "daily", "opens_2": "08:00"}, "closes_2"),
        ({"days_2": "someday"}, "days_2"),
        ({"days_2": "monday,08:00"}, "days_2"),
        ({"days_2": "12:34,monday,friday"}, "days_2"),
    ],
)
def test_a_way_that_is_half_told_is_refused_at_its_field(
    changed: dict[str, str], field: str
) -> None:
    values = empty_form(CONTACT).values
    values |= {"channel_2": "sms", "address_2": "+62 81", "readers_2": "me", **changed}
    with pytest.raises(Problem) as refused:
        as_plan(values)
    assert [error.field for error in refused.value.errors] == [field]


def test_the_harmless_texts_to_choose_from_are_those_that_are_sent() -> None:
    for language in ("id", "en"):
        sent = {code: texts[language] for code, texts in innocuous().agreed.items()}
        assert TEXTS[language]["contact"]["bares"] == sent  # type: ignore[index] # a table


def test_every_language_that_is_written_can_be_chosen() -> None:
    for texts in TEXTS.values():
        assert set(texts["contact"]["languages"]) == set(Language)  # type: ignore[index] # a table


def test_every_place_that_can_be_chosen_has_a_clock() -> None:
    for zone, _ in zones("id"):
        plan_of(pb.ContactPlan(zone=zone))


def test_where_most_workers_are_is_called_as_people_call_it() -> None:
    assert dict(zones("id"))["Asia/Riyadh"] == "Arab Saudi: Riyadh"
    assert "Asia/Makassar" in dict(zones("en"))
