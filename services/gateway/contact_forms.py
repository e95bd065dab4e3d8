"""What a family says of how it may be reached, as the contact plan of complaint's rpcs, and back.

Nothing that a plan holds is lost on the way: hours that the form cannot show are sent back by it
as they were.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from estafet.complaint.v1 import service_pb2 as pb

from services.gateway.forms import FOLLOWING, Form, empty_form, explain
from services.gateway.problems import FieldError, Problem

MOST_WAYS = 8
ROWS = tuple(str(row) for row in range(1, MOST_WAYS + 1))
OF_A_WAY = ("channel", "address", "readers", "days", "opens", "closes", "bare_agreed")
OF_ALL = ("zone", "language", "code_word", "bare", "without_content")
CONTACT = (
    *FOLLOWING,
    *(f"{name}_{row}" for row in ROWS for name in OF_A_WAY),
    *OF_ALL,
    "does",
    "request_id",
)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAILY = "daily"
MIDNIGHT, DAYS_END = "00:00", "24:00"
MINE, EMPLOYERS, OTHERS = READERS = "me", "employer", "others"
# How hours that the form has no words for are written within it.
_SPAN = re.compile("(" + "|".join(WEEKDAYS) + r"),(\d\d:\d\d),(\d\d:\d\d)")
_WAY = re.compile(r"plan\.ways[\[.](\d+)\]?\.([a-z_]+).*")
_CALLED = {"safe": "readers", "read_by_employer": "readers", "hours": "days"}

Span = tuple[str, str, str]


def spans(days: str, opens: str, closes: str) -> list[Span]:
    """The hours from one time until another, every day or on one; a night ends on the next day."""
    chosen = WEEKDAYS if days == DAILY else (days,)
    if closes == MIDNIGHT:
        closes = DAYS_END
    if opens < closes:
        return [(day, opens, closes) for day in chosen]
    after = {day: WEEKDAYS[(place + 1) % len(WEEKDAYS)] for place, day in enumerate(WEEKDAYS)}
    evenings = [(day, opens, DAYS_END) for day in chosen]
    return evenings + [(after[day], MIDNIGHT, closes) for day in chosen]


def told(hours: Sequence[Span]) -> tuple[str, str, str]:
    """Days, opening and closing as the form shows them; else all of it in one word to be kept."""
    whole = set(hours)
    if not whole or whole == set(spans(DAILY, MIDNIGHT, MIDNIGHT)):
        return "", "", ""
    for days in (DAILY, *WEEKDAYS):
        for _, opens, _ in hours:
            for _, _, closes in hours:
                if set(spans(days, opens, closes)) == whole:
                    return days, opens, MIDNIGHT if closes == DAYS_END else closes
    return " ".join(",".join(span) for span in hours), "", ""


def kept(days: str) -> list[Span]:
    """The spans that a form sends back as it was given them; empty: it is no such word."""
    found = [_SPAN.fullmatch(span) for span in days.split()]
    return [(each[1], each[2], each[3]) for each in found if each] if all(found) else []


def as_form(form: Form, plan: pb.ContactPlan) -> Form:
    """A form with what a plan says in it."""
    values = {name: getattr(plan, name) for name in ("zone", "language", "code_word", "bare")}
    values["without_content"] = "yes" if plan.without_content else ""
    for row, way in zip(ROWS, plan.ways, strict=False):
        hours = [(each.weekday, each.opens, each.closes) for each in way.hours]
        readers = EMPLOYERS if way.read_by_employer else MINE if way.safe else OTHERS
        agreed = "yes" if way.bare_agreed else ""
        told_of = (way.channel, way.address, readers, *told(hours), agreed)
        values |= {f"{name}_{row}": value for name, value in zip(OF_A_WAY, told_of, strict=True)}
    fresh = empty_form(CONTACT)
    fresh.values.update({name: form.values[name] for name in FOLLOWING} | values)
    return fresh


def as_plan(values: Mapping[str, str]) -> pb.ContactPlan:
    """The plan that a form tells; Problem for a way without readers or for half of its hours."""
    return pb.ContactPlan(
        ways=[_way(values, row) for row in filled(values)],
        zone=values["zone"],
        language=values["language"],
        code_word=values["code_word"],
        bare=values["bare"],
        without_content=bool(values["without_content"]),
    )


def filled(values: Mapping[str, str]) -> list[str]:
    """The rows in which a way is told."""
    return [row for row in ROWS if values[f"address_{row}"] or values[f"channel_{row}"]]


def shown(values: Mapping[str, str]) -> Sequence[str]:
    """The rows to show: all that are told, and one more."""
    last = int(filled(values)[-1]) if filled(values) else 0
    return ROWS[: last + 1]


def _way(values: Mapping[str, str], row: str) -> pb.ContactWay:
    readers = values[f"readers_{row}"]
    if readers not in READERS:
        raise _wrong("readers", row, "must say who reads along")
    return pb.ContactWay(
        channel=values[f"channel_{row}"],
        address=values[f"address_{row}"],
        safe=readers == MINE,
        read_by_employer=readers == EMPLOYERS,
        bare_agreed=bool(values[f"bare_agreed_{row}"]),
        hours=[
            pb.SafeHours(weekday=weekday, opens=opens, closes=closes)
            for weekday, opens, closes in _hours(values, row)
        ],
    )


def _hours(values: Mapping[str, str], row: str) -> list[Span]:
    days, opens, closes = (values[f"{name}_{row}"] for name in ("days", "opens", "closes"))
    if not days:
        return []
    if days != DAILY and days not in WEEKDAYS:
        # Hours that cannot be read must not become "at any hour".
        if found := kept(days):
            return found
        raise _wrong("days", row, "must be days")
    for name, time in (("opens", opens), ("closes", closes)):
        if not re.fullmatch(r"\d\d:\d\d", time):
            raise _wrong(name, row, "must be a time of day")
    return spans(days, opens, closes)


def _wrong(name: str, row: str, message: str) -> Problem:
    error = FieldError(f"{name}_{row}", "form", message)
    return Problem(400, "INVALID", f"cannot be read: {name}", errors=(error,))


def tell(form: Form, problem: Problem, texts: Mapping[str, Any], asked: str) -> None:
    """Put a problem into the form, by its fields and ways, in the page's words. `asked`: its id."""
    words = texts["contact"]
    if any(error.field == "plan" for error in problem.errors):
        form.trouble = words["twice"]
        return
    errors = tuple(_on_page(form, problem.errors))
    explain(form, replace(problem, errors=errors), texts, asked)
    for name in form.errors:
        base, _, row = name.rpartition("_")
        if base in OF_A_WAY:
            form.errors[name] = f"{words['way']} {row}: {words['errors'][base]}"
        elif name in words["errors"]:
            form.errors[name] = words["errors"][name]


def _on_page(form: Form, errors: Iterable[FieldError]) -> Iterable[FieldError]:
    rows = filled(form.values)
    for error in errors:
        if found := _WAY.fullmatch(error.field):
            name = f"{_CALLED.get(found[2], found[2])}_{rows[int(found[1])]}"
        else:
            name = error.field.removeprefix("plan.")
        yield replace(error, field=name)
