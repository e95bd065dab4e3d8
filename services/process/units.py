"""What `calendars.toml` says: units with their office hours, and decrees that move days off."""

from collections.abc import Mapping, Sequence
from datetime import date, time
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field

from services.process.calendar import CLOSE_OF_BUSINESS, has_collective_leave, indonesian_days_off
from services.process.entries import Sourced

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEK: tuple[Weekday, ...] = get_args(Weekday)
Days = Mapping[int, tuple[date, ...]]


def _zone(name: Any) -> Any:
    try:
        return ZoneInfo(name) if isinstance(name, str) else name
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{name} is no time zone") from error


class Unit(Sourced):
    """Whose office hours count. `days_off` are its own, beside Indonesia's."""

    name: str = Field(min_length=1)
    zone: Annotated[ZoneInfo, BeforeValidator(_zone)]
    closes_at: time = CLOSE_OF_BUSINESS
    weekend: tuple[Weekday, ...] = ("saturday", "sunday")
    indonesian_days_off: bool = True
    days_off: Days = Field(default_factory=dict)


class Decree(Sourced):
    """What moves days off. `fixes`: the years whose collective leave it gives in full. `units`:
    for whom it holds; empty: for all that keep Indonesia's days off. `in_library`: `holidays` has
    its days by now; it stays for the clocks that were counted by it."""

    number: str = Field(min_length=1)
    published_on: date
    adds: Days = Field(default_factory=dict)
    takes_away: Days = Field(default_factory=dict)
    fixes: tuple[int, ...] = ()
    units: tuple[str, ...] = ()
    in_library: bool = False

    def holds_for(self, name: str, unit: Unit) -> bool:
        return name in self.units if self.units else unit.indonesian_days_off


def is_known(year: int, unit: Unit, decrees: Sequence[Decree]) -> bool:
    """Whether all days off of a year are known, with these decrees that hold for the unit."""
    if any(year in each.fixes for each in decrees):
        return True
    return has_collective_leave(year) if unit.indonesian_days_off else year in unit.days_off


def days_off(year: int, unit: Unit, decrees: Sequence[Decree]) -> dict[date, str]:
    """Each day off of a year with what it comes from, whether or not the year is known in full."""
    found = dict(indonesian_days_off(year)) if unit.indonesian_days_off else {}
    own = f"hari libur {unit.name} ({unit.regulation})"
    found |= dict.fromkeys(unit.days_off.get(year, ()), own)
    for decree in decrees:
        for day in decree.takes_away.get(year, ()):
            found.pop(day, None)
        found |= dict.fromkeys(decree.adds.get(year, ()), decree.number)
    return found
