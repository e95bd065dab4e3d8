"""By whose calendar a clock is counted, as known on a day: `calendars.toml`, read and checked once.

A unit (the agency, a BP3MI, a mission) has a zone, a weekend and days off; decrees add days off and
take them away. They are laid over each other in the order in which they were published, and one
that is published later does not count yet. A version of the calendars bears the name of its last
decree: a clock that keeps it can be counted again when the next one comes (`recount`).
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, Field, ValidationError

from services.chassis.errors import Invalid
from services.process.calendar import (
    BASE,
    CALENDARS_FILE,
    CLOSE_OF_BUSINESS,
    KP2MI,
    LIBRARY,
    HolidayDataError,
    WorkingCalendar,
    has_collective_leave,
    indonesian_days_off,
)
from services.process.entries import Sourced, told

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEK: tuple[Weekday, ...] = get_args(Weekday)
Days = Mapping[int, tuple[date, ...]]
Read = TypeVar("Read", bound=Sourced)
_KINDS = ("units", "decree")


class CalendarsError(ValueError):
    """A calendars.toml that cannot be used; its text names the file and every fault."""

    def __init__(self, path: Path, found: Sequence[str]) -> None:
        super().__init__("\n".join(f"{path.name}: {each}" for each in found))


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
    its days by now, so it changes nothing any more and is here for the clocks counted by it."""

    number: str = Field(min_length=1)
    published_on: date
    adds: Days = Field(default_factory=dict)
    takes_away: Days = Field(default_factory=dict)
    fixes: tuple[int, ...] = ()
    units: tuple[str, ...] = ()
    in_library: bool = False

    def holds_for(self, name: str, unit: Unit) -> bool:
        return name in self.units if self.units else unit.indonesian_days_off


@dataclass(frozen=True, eq=False)
class Calendars:
    """All units and all decrees, those in the order in which they were published.

    `known_on`: the day as of which decrees count; None: all that the file has.
    """

    path: Path
    units: Mapping[str, Unit]
    decrees: tuple[Decree, ...]
    _made: dict[tuple[str, str], WorkingCalendar] = field(default_factory=dict)

    @classmethod
    def load(cls, path: Path) -> "Calendars":
        """Read and check a file; CalendarsError says all that is wrong with it."""
        try:
            content = tomllib.loads(path.read_text())
        except tomllib.TOMLDecodeError as error:
            raise CalendarsError(path, [str(error)]) from error
        wrong = [f"{name}: is not known here" for name in content if name not in _KINDS]
        units = {
            name: _read(Unit, f"unit {name}", entry, wrong)
            for name, entry in content.get("units", {}).items()
        }
        decrees = [
            _read(Decree, f"decree {entry.get('number', nth)}", entry, wrong)
            for nth, entry in enumerate(content.get("decree", []), start=1)
        ]
        if wrong:
            raise CalendarsError(path, wrong)
        in_order = tuple(sorted(filter(None, decrees), key=lambda each: each.published_on))
        calendars = cls(path, {name: each for name, each in units.items() if each}, in_order)
        if wrong := [*calendars._of_units(), *calendars._of_decrees()]:
            raise CalendarsError(path, wrong)
        return calendars

    def of(self, unit: str = KP2MI, known_on: date | None = None) -> WorkingCalendar:
        """The calendar of a unit; Invalid, with all units that there are."""
        return self.under(unit, self.version(known_on))

    def version(self, known_on: date | None = None) -> str:
        """The last decree that counts: what a clock is counted by."""
        counting = [each for each in self.decrees if not known_on or each.published_on <= known_on]
        return counting[-1].number if counting else BASE

    def since(self, version: str, known_on: date | None = None) -> tuple[Decree, ...]:
        """The decrees that came after a version; Invalid, with all versions that there are."""
        after = self.decrees[self._number_of(version) :]
        return tuple(each for each in after if not known_on or each.published_on <= known_on)

    def holding(self, unit: str, version: str) -> list[Decree]:
        """The decrees that count for a unit under a version; Invalid, as `under`."""
        if unit not in self.units:
            raise Invalid(
                f"{self.path.name} has no unit {unit}; it has {', '.join(self.units)}",
                reason="UNKNOWN_UNIT",
            )
        counting = self.decrees[: self._number_of(version)]
        return [each for each in counting if each.holds_for(unit, self.units[unit])]

    def under(self, unit: str, version: str) -> WorkingCalendar:
        """The calendar of a unit as a version has it; Invalid for either that there is not."""
        made = self._made.get((unit, version))
        if made is None:
            made = self._calendar(unit, version, self.holding(unit, version))
            self._made[unit, version] = made
        return made

    def _number_of(self, version: str) -> int:
        """How many decrees count under a version."""
        names = [BASE, *(each.number for each in self.decrees)]
        if version not in names:
            raise Invalid(
                f"{self.path.name} has no decree {version}; its versions are {', '.join(names)}",
                reason="UNKNOWN_CALENDAR",
            )
        return names.index(version)

    def _calendar(self, name: str, version: str, holding: Sequence[Decree]) -> WorkingCalendar:
        unit = self.units[name]

        def named_days_off(year: int) -> Mapping[date, str]:
            if not _is_known(year, unit, holding):
                raise HolidayDataError(year, name, self.path.name)
            return _days_off(year, unit, holding)

        return WorkingCalendar(
            close_of_business=unit.closes_at,
            unit=name,
            version=version,
            zone=unit.zone,
            weekend=frozenset(WEEK.index(day) for day in unit.weekend),
            named_days_off=named_days_off,
        )

    def _of_units(self) -> Iterator[str]:
        if KP2MI not in self.units:
            yield f"has no unit {KP2MI}, by whose calendar is counted where no other is named"
        for name, unit in self.units.items():
            if set(WEEK) == set(unit.weekend):
                yield f"unit {name}: a weekend of seven days leaves no working day"
            yield from _of_days(f"unit {name}", "days_off", unit.days_off)

    def _of_decrees(self) -> Iterator[str]:
        numbers = [each.number for each in self.decrees]
        for number in sorted({each for each in numbers if numbers.count(each) > 1} | {BASE}):
            if number in numbers:
                yield f"decree {number}: another one, or the version without any, has that number"
        for count, decree in enumerate(self.decrees):
            yield from _of_itself(decree)
            for name in decree.units:
                if name not in self.units:
                    yield f"decree {decree.number}: unit {name} is not known"
            yield from self._of_holding(decree, self.decrees[:count])

    def _of_holding(self, decree: Decree, before: Sequence[Decree]) -> Iterator[str]:
        """What is wrong with a decree over the days off that there are without it."""
        units = {name: each for name, each in self.units.items() if decree.holds_for(name, each)}
        missing = dict[str, list[str]]()
        for name, unit in units.items():
            holding = [each for each in before if each.holds_for(name, unit)]
            for problem in _of_days_there(decree, unit, holding):
                missing.setdefault(problem, []).append(name)
        for problem, names in missing.items():
            others = f" and {len(names) - 1} more" if names[1:] else ""
            yield f"decree {decree.number}: {problem} (unit {names[0]}{others})"


def _read(
    model: type[Read], entry: str, content: Mapping[str, Any], wrong: list[str]
) -> Read | None:
    """An entry of the file, or None and what is wrong with it."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        wrong += [f"{entry}: {each}" for each in told(error)]
        return None


def _of_itself(decree: Decree) -> Iterator[str]:
    entry = f"decree {decree.number}"
    yield from _of_days(entry, "adds", decree.adds)
    yield from _of_days(entry, "takes_away", decree.takes_away)
    both = _all(decree.adds) & _all(decree.takes_away)
    yield from (f"{entry}: adds and takes away {day}" for day in sorted(both))
    for year in decree.fixes:
        if not decree.adds.get(year):
            yield f"{entry}: fixes {year} and adds no day of it"
    if not (decree.adds or decree.takes_away or decree.fixes):
        yield f"{entry}: adds nothing, takes nothing away and fixes no year"


def _of_days(entry: str, what: str, days: Days) -> Iterator[str]:
    for year, listed in days.items():
        for day in sorted(set(listed)):
            if day.year != year:
                yield f"{entry}: {what} {day} under {year}, which is of another year"
            if listed.count(day) > 1:
                yield f"{entry}: {what} lists {day} twice"


def _of_days_there(decree: Decree, unit: Unit, before: Sequence[Decree]) -> Iterator[str]:
    for year in sorted({*decree.adds, *decree.takes_away}):
        there = _days_off(year, unit, before)
        for day in decree.takes_away.get(year, ()):
            if decree.in_library and day in there:
                yield f"is said to be in the library, but by {LIBRARY} {day} is a day off"
            if not decree.in_library and day not in there:
                yield (
                    f"takes away {day}, which is no day off; if {LIBRARY} has moved it already, "
                    "say in_library = true"
                )
        for day in decree.adds.get(year, ()) if decree.in_library else ():
            if day not in there:
                yield f"is said to be in the library, but by {LIBRARY} {day} is no day off"


def _all(days: Days) -> set[date]:
    return {day for listed in days.values() for day in listed}


def _is_known(year: int, unit: Unit, decrees: Sequence[Decree]) -> bool:
    if any(year in each.fixes for each in decrees):
        return True
    return has_collective_leave(year) if unit.indonesian_days_off else year in unit.days_off


def _days_off(year: int, unit: Unit, decrees: Sequence[Decree]) -> dict[date, str]:
    """Each day off of a year with what it comes from, whether or not the year is known in full."""
    found = dict(indonesian_days_off(year)) if unit.indonesian_days_off else {}
    found |= dict.fromkeys(
        unit.days_off.get(year, ()), f"hari libur {unit.name} ({unit.regulation})"
    )
    for decree in decrees:
        if not decree.in_library:
            for day in decree.takes_away.get(year, ()):
                found.pop(day, None)
            found |= dict.fromkeys(decree.adds.get(year, ()), decree.number)
    return found


CALENDARS = Calendars.load(Path(__file__).with_name(CALENDARS_FILE))
