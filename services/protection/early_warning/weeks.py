"""The weeks of a table: Mondays as dates, or running numbers of a year of 52 weeks."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import date, timedelta

WEEKS_A_YEAR = 52
WEEK = timedelta(days=7)


class Weeks(ABC):
    """T weeks without a hole. `year_before(week, years)` is what R's `epochAsDate` decides."""

    def __len__(self) -> int:
        return self._many

    def __init__(self, many: int) -> None:
        self._many = many

    @abstractmethod
    def label(self, week: int) -> str:
        """How the table calls the week at this place (from 0)."""

    @abstractmethod
    def years_before(self, week: int, years: int) -> int:
        """The place of the same week so many years earlier; below 0 if it is before the table."""

    def season(self, week: int) -> float:
        """How far the year has come at this week, in years, but for a constant."""
        return week / WEEKS_A_YEAR


class NumberedWeeks(Weeks):
    """Weeks by number, as in R's `epochAsDate=FALSE` with a frequency of 52."""

    def __init__(self, many: int, first: int = 1) -> None:
        super().__init__(many)
        self._first = first

    def label(self, week: int) -> str:
        return str(self._first + week)

    def years_before(self, week: int, years: int) -> int:
        return week - years * WEEKS_A_YEAR


class DatedWeeks(Weeks):
    """Weeks by their Monday, as in R's `epochAsDate=TRUE`: a year ago is by the calendar, moved to
    the nearest Monday."""

    def __init__(self, many: int, first: date) -> None:
        super().__init__(many)
        self._first = first

    def label(self, week: int) -> str:
        return (self._first + week * WEEK).isoformat()

    def years_before(self, week: int, years: int) -> int:
        day = _years_before(self._first + week * WEEK, years)
        return round((day - self._first) / WEEK)

    def season(self, week: int) -> float:
        return ((self._first + week * WEEK).toordinal()) / 365.2425


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February: R goes on to 1 March
        return date(day.year - years, 3, 1)


def of_dates(dates: Sequence[date]) -> DatedWeeks:
    """The weeks from the first to the last of some Mondays."""
    return DatedWeeks((max(dates) - min(dates)) // WEEK + 1, min(dates))
