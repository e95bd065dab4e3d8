"""Safe hours: spans of a week on the clock on somebody's own wall."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

A_DAY = 24 * 60
A_MINUTE = timedelta(minutes=1)
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# No zone has ever moved its clocks by more than this at once, but for a change of date.
LONGEST_GAP = timedelta(hours=3)
# What is open day and night is good for so long.
LONGEST_OPEN = timedelta(days=1)


def _minutes(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = re.fullmatch(r"(\d\d):(\d\d)", value)
    if found is None or int(found[2]) > 59:
        raise ValueError(f"{value!r} is no time of day: write it as 18:30")
    return int(found[1]) * 60 + int(found[2])


def _written(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _weekday(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value.lower() not in WEEKDAYS:
        raise ValueError(f"{value!r} is no day of the week: one of {', '.join(WEEKDAYS)}")
    return WEEKDAYS.index(value.lower())


Minutes = Annotated[
    int, BeforeValidator(_minutes), Field(ge=0, le=A_DAY), PlainSerializer(_written)
]
Weekday = Annotated[
    int, BeforeValidator(_weekday), Field(ge=0, le=6), PlainSerializer(WEEKDAYS.__getitem__)
]


class Span(BaseModel):
    """A part of one day of the week; a night is two of them. `closes` is outside, 24:00 is the
    day's end."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weekday: Weekday
    opens: Minutes
    closes: Minutes

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> "Span":
        if self.opens >= self.closes:
            raise ValueError("a span opens before it closes: write a night as two spans")
        return self


ALWAYS = tuple(Span(weekday=day, opens=0, closes=A_DAY) for day in range(7))


def is_open(spans: Sequence[Span], zone: ZoneInfo, at: datetime) -> bool:
    """Whether an instant is within the spans."""
    local = at.astimezone(zone)
    minute = local.hour * 60 + local.minute
    return any(s.weekday == local.weekday() and s.opens <= minute < s.closes for s in spans)


def opens_at(spans: Sequence[Span], zone: ZoneInfo, now: datetime) -> datetime | None:
    """The first instant from now on that is within the spans; None if there is none."""
    if is_open(spans, zone, now):
        return now
    found = (at for at in _beginnings(spans, zone, now) if at > now)
    return min(found, default=None)


def _beginnings(spans: Sequence[Span], zone: ZoneInfo, now: datetime) -> Iterator[datetime]:
    today = now.astimezone(zone).date()
    for day in (today + timedelta(days=n) for n in range(-1, 9)):
        for span in spans:
            if span.weekday == day.weekday():
                local = datetime.combine(day, time(span.opens // 60, span.opens % 60))
                yield from _first_open(span, zone, local)


def _first_open(span: Span, zone: ZoneInfo, local: datetime) -> Iterator[datetime]:
    """When a span begins: twice where the clock is put back; later where it skips the beginning."""
    instants = sorted({_instant(local, zone, fold) for fold in (0, 1)})
    exact = [at for at in instants if is_open((span,), zone, at) and _wall(at, zone) == local]
    if exact:
        yield from exact
        return
    at, end = instants[0], instants[-1] + LONGEST_GAP
    while at < end:
        if is_open((span,), zone, at):
            yield at
            return
        at += A_MINUTE


def closes_at(spans: Sequence[Span], zone: ZoneInfo, now: datetime) -> datetime:
    """Until when it surely stays open; `now` itself where that cannot be said. A day at most."""
    until, limit = now, now + LONGEST_OPEN
    while until < limit and is_open(spans, zone, until):
        later = min((at for at in _ends(spans, zone, until) if at > until), default=until)
        if later == until:
            break
        until = later
    return min(until, limit)


def _ends(spans: Sequence[Span], zone: ZoneInfo, at: datetime) -> Iterator[datetime]:
    local = at.astimezone(zone)
    minute = local.hour * 60 + local.minute
    for span in spans:
        if span.weekday == local.weekday() and span.opens <= minute < span.closes:
            midnight = datetime.combine(local.date(), time())
            end = midnight + timedelta(minutes=span.closes)
            yield from (_instant(end, zone, fold) for fold in (0, 1))


def _instant(local: datetime, zone: ZoneInfo, fold: int) -> datetime:
    return local.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None, fold=0)
