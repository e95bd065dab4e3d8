"""By whose calendar a clock is counted, as known on a day: `calendars.toml`, read and checked once.

A unit (the agency, a BP3MI, a mission) has a zone, a weekend and days off; decrees add days off and
take them away. They are laid over each other in the order in which they were published, and one
that is published later does not count yet. A version of the calendars bears the name of its last
decree: a clock that keeps it can be counted again when the next one comes (`recount`).
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from services.chassis.errors import Invalid
from services.process.calendar import (
    BASE,
    CALENDARS_FILE,
    KP2MI,
    HolidayDataError,
    WorkingCalendar,
)
from services.process.calendar_checks import problems
from services.process.entries import Sourced, no_tables, told
from services.process.units import WEEK, Decree, Unit, days_off, is_known

Read = TypeVar("Read", bound=Sourced)
_KINDS = ("units", "decree")


class CalendarsError(ValueError):
    """A calendars.toml that cannot be used; its text names the file and every fault."""

    def __init__(self, path: Path, found: Sequence[str]) -> None:
        super().__init__("\n".join(f"{path.name}: {each}" for each in found))


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
        listed = content.get("decree", [])
        if not isinstance(listed, list) or not all(isinstance(each, Mapping) for each in listed):
            raise CalendarsError(path, ["decree: each is written under [[decree]]"])
        if no_units := list(no_tables("units", content.get("units", {}))):
            raise CalendarsError(path, no_units)
        units = {
            name: _read(Unit, f"unit {name}", entry, wrong)
            for name, entry in content.get("units", {}).items()
        }
        decrees = [
            _read(Decree, f"decree {entry.get('number', nth)}", entry, wrong)
            for nth, entry in enumerate(listed, start=1)
        ]
        if wrong:
            raise CalendarsError(path, wrong)
        in_order = tuple(sorted(filter(None, decrees), key=lambda each: each.published_on))
        calendars = cls(path, {name: each for name, each in units.items() if each}, in_order)
        if wrong := problems(calendars.units, calendars.decrees):
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
            if not is_known(year, unit, holding):
                raise HolidayDataError(year, name, self.path.name)
            return days_off(year, unit, holding)

        return WorkingCalendar(
            close_of_business=unit.closes_at,
            unit=name,
            version=version,
            zone=unit.zone,
            weekend=frozenset(WEEK.index(day) for day in unit.weekend),
            named_days_off=named_days_off,
        )


def _read(
    model: type[Read], entry: str, content: Mapping[str, Any], wrong: list[str]
) -> Read | None:
    """An entry of the file, or None and what is wrong with it."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        wrong += [f"{entry}: {each}" for each in told(error)]
        return None


CALENDARS = Calendars.load(Path(__file__).with_name(CALENDARS_FILE))
