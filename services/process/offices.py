"""The units of a deputy as data: who is above whom, by which calendar each works, its ceiling."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import Field, ValidationError

from services.chassis.errors import Invalid
from services.process.calendar import KP2MI, WorkingCalendar
from services.process.calendars import CALENDARS
from services.process.entries import Sourced, Unusable, no_tables, told

_CODE = r"^[a-z][a-z_0-9]*$"


class OfficesError(Unusable):
    """An offices.toml that cannot be used."""


class Office(Sourced):
    """A unit. `above`: whom a missed clock is told to; `ceiling`: how many open matters one of its
    officers should have at most, 0 for any number."""

    code: str = Field(pattern=_CODE)
    name_id: str = Field(min_length=1)
    name_en: str = Field(min_length=1)
    above: str = ""
    calendar: str = Field("kp2mi", pattern=_CODE)
    ceiling: int = Field(0, ge=0)


@dataclass(frozen=True)
class Addressee:
    """Who is told: an officer, or without one the head and the queue of a unit."""

    unit: str
    officer_id: str = ""


@dataclass(frozen=True)
class Offices:
    """All units of one deputy, by code."""

    offices: Mapping[str, Office]

    @classmethod
    def load(cls, path: Path) -> "Offices":
        """Read and check a file; OfficesError says all that is wrong with it."""
        try:
            content = tomllib.loads(path.read_text())
            entries = content.pop("offices", {})
            if wrong := list(no_tables("offices", entries)):
                raise OfficesError(path, wrong)
            units = {code: Office(code=code, **entry) for code, entry in entries.items()}
        except tomllib.TOMLDecodeError as error:
            raise OfficesError(path, [str(error)]) from error
        except ValidationError as error:
            raise OfficesError(path, told(error)) from error
        found = cls(units)
        if wrong := [*(f"{name} is not known here" for name in content), *found._problems()]:
            raise OfficesError(path, wrong)
        return found

    def of(self, code: str) -> Office:
        """The unit under a code; Invalid, with all that there are."""
        if code not in self.offices:
            raise Invalid(
                f"unit {code} is not known",
                reason="UNKNOWN_UNIT",
                fields=(("unit", "in", f"must be one of {', '.join(self.offices)}"),),
            )
        return self.offices[code]

    def calendar(self, code: str, known_on: date | None = None) -> WorkingCalendar:
        """By which calendar a unit works, as known on a day; the ministry's, for one that is not
        known here. Without a day, with every decree that there is."""
        return CALENDARS.of(self.calendar_of(code), known_on)

    def calendar_of(self, code: str) -> str:
        """The name of that calendar."""
        return self.offices[code].calendar if code in self.offices else KP2MI

    def addressee(self, unit: str, officer_id: str, rung: int) -> Addressee:
        """Who is so many rungs above a holder: 0 is the holder, 1 the head of its unit, 2 and more
        the units above; the highest there is, if there are fewer."""
        if rung == 0:
            return Addressee(unit, officer_id)
        chain = list(self._above(unit))
        return Addressee(chain[min(rung, len(chain)) - 1])

    def _above(self, unit: str) -> Iterator[str]:
        """The unit and those above it. One that this release does not know is told itself."""
        while unit:
            yield unit
            unit = self.offices[unit].above if unit in self.offices else ""

    def _problems(self) -> Iterator[str]:
        for unit in self.offices.values():
            if unit.calendar not in CALENDARS.units:
                yield f"unit {unit.code}: {unit.calendar} is no unit of calendars.toml"
            if unit.above and unit.above not in self.offices:
                yield f"unit {unit.code}: above it is {unit.above}, which is none"
            elif self._is_above_itself(unit):
                yield f"unit {unit.code}: it is above itself"

    def _is_above_itself(self, unit: Office) -> bool:
        seen = {unit.code}
        above = unit.above
        while above in self.offices:
            if above in seen:
                return True
            seen.add(above)
            above = self.offices[above].above
        return False
