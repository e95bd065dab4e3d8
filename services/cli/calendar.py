"""`estafet calendar`: by whose calendar clocks are counted, and what comes out."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Annotated

import typer

from services.chassis.clock import real_now
from services.chassis.errors import Invalid
from services.cli.tables import show
from services.process.calendar import ONE_DAY, Span, WorkingCalendar, local_day
from services.process.calendars import CALENDARS
from services.process.units import WEEK

calendar_app = typer.Typer(
    no_args_is_help=True, help="Working days by unit: days off with their source, counting."
)
KnownOn = Annotated[
    str, typer.Option(help="Only with decrees that were published by this day (ISO); else all.")
]


@calendar_app.command("show")
def show_calendar(
    unit: str,
    year: Annotated[
        int | None, typer.Argument(min=1, max=9998, help="This year if none is given.")
    ] = None,
    known_on: KnownOn = "",
) -> None:
    """A unit's zone and weekend, and its days off of a year, each with what it comes from."""
    calendar = CALENDARS.of(unit, _day(known_on))
    shown = year or local_day(real_now()).year
    days = sorted(calendar.named_days_off(shown).items())
    _tell(about(calendar))
    show(("day", "", "what, and by which source"), [(day, f"{day:%a}", what) for day, what in days])
    working = calendar.working_days(date(shown, 1, 1), date(shown, 12, 31))
    typer.echo(f"{shown}: {len(days)} days off, {len(working)} working days")


@calendar_app.command("count")
def count(
    unit: str,
    start: Annotated[str, typer.Argument(help="An instant with its zone: 2026-03-17T09:00+07:00.")],
    days: Annotated[int, typer.Argument(min=0, help="Days, or months.")],
    span: Annotated[Span, typer.Argument()],
    known_on: KnownOn = "",
) -> None:
    """When a clock ends by a unit's calendar, and the days that it passes over."""
    calendar = CALENDARS.of(unit, _day(known_on))
    began = calendar.local(_instant(start))
    ends = calendar.due_at(began, days, span).astimezone(calendar.zone)
    _tell(about(calendar))
    typer.echo(f"from {began:%a %Y-%m-%d %H:%M %Z}")
    if span is Span.WORKING_DAYS:
        typer.echo(f"day zero is {calendar.day_zero(began):%a %Y-%m-%d}")
        _tell(passed_over(calendar, began.date(), ends.date()))
    typer.echo(f"ends {ends:%a %Y-%m-%d %H:%M %Z}, {ends.astimezone(UTC):%Y-%m-%d %H:%M} UTC")


def about(calendar: WorkingCalendar) -> Iterator[str]:
    """Whose calendar it is, and the decrees that hold for it."""
    unit = CALENDARS.units[calendar.unit]
    yield f"{calendar.unit}: {unit.name}, {unit.zone.key}, closes at {unit.closes_at:%H:%M}"
    yield f"weekend: {', '.join(unit.weekend) or 'none'}"
    yield f"source: {unit.regulation}"
    yield f"version: {calendar.version}"
    for decree in CALENDARS.holding(calendar.unit, calendar.version):
        yield f"decree {decree.number} of {decree.published_on} ({decree.regulation})"


def passed_over(calendar: WorkingCalendar, first: date, last: date) -> Iterator[str]:
    """The days that a clock of working days does not count."""
    for number in range((last - first).days + 1):
        day = first + ONE_DAY * number
        if not calendar.is_working_day(day):
            what = calendar.named_days_off(day.year).get(day, WEEK[day.weekday()])
            yield f"passes over {day:%a %Y-%m-%d}: {what}"


def _tell(lines: Iterator[str]) -> None:
    for line in lines:
        typer.echo(line)


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{text} is no instant: write it as 2026-03-17T09:00+07:00") from None
    if found.tzinfo is None:
        raise Invalid(f"{text} has no time zone: add it, as in {text}+07:00")
    return found


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(f"{text} is no day: write it as 2026-03-17") from None
