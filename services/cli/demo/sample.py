"""A sample of the placements published for 2024: how many leave in which month for which country.

Whole numbers by largest remainder: of all the year's, of its two parts, and of the countries and
the periods within each part. No source in reach has November and December, so nobody leaves then.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
from random import Random

from services.cli.demo.apportion import apportion, shuffled
from services.cli.demo.data_files import HERE, rows, seeded
from services.cli.demo.facts import ALL_MONTHS, YEAR, FactsDisagreeError, months_of
from services.cli.demo.margins import working_days

ALL, OTHER = "all", "other"
PARTS: tuple[tuple[int, ...], ...] = ((1, 2, 3, 4, 5, 6), (7, 8, 9, 10))
PERIODS: dict[str, tuple[int, ...]] = {
    "01..02": (1, 2),
    "03..06": (3, 4, 5, 6),
    "08": (8,),
    "07, 09, 10": (7, 9, 10),
}


@dataclass(frozen=True, slots=True)
class PlacedFigure:
    """How many workers left in these months, for one country or for all of them."""

    months: tuple[int, ...]
    key: str
    value: int
    derived: bool = False

    def is_met_by(self, count: int, one_in: int) -> bool:
        """Whether a count is one of the two whole numbers beside the sample's share."""
        return floor(self.value / one_in) <= count <= ceil(self.value / one_in)


def published_placements() -> list[PlacedFigure]:
    """What is published about 2024, and what follows from it by subtraction."""
    published = {
        (_months(row["period"]), row["key"]): int(row["value"])
        for row in rows(HERE / "placement_facts.csv")
        if row["period"].startswith(str(YEAR))
    }
    figures = [PlacedFigure(*cell, value) for cell, value in published.items()]
    first, year = PARTS[0], PARTS[0] + PARTS[1]
    less = [(PARTS[1], (year, key), (first, key)) for months, key in published if months == first]
    less += [(PERIODS["03..06"], (first, ALL), (PERIODS["01..02"], ALL))]
    figures += [
        PlacedFigure(months, whole[1], published[whole] - published[part], derived=True)
        for months, whole, part in less
    ]
    late = _value(figures, PARTS[1]) - _value(figures, PERIODS["08"])
    return [*figures, PlacedFigure(PERIODS["07, 09, 10"], ALL, late, derived=True)]


def sample(one_in: int, seed: int) -> list[tuple[int, str]]:
    """(month, country) of everybody who leaves, one in so many; OTHER is no listed country."""
    figures = published_placements()
    by_part = {str(number): float(_value(figures, part)) for number, part in enumerate(PARTS)}
    total = round(_value(figures, PARTS[0] + PARTS[1]) / one_in)
    sizes = apportion(total, by_part)
    return [
        placed
        for number, part in enumerate(PARTS)
        for placed in _of_part(part, sizes[str(number)], figures, seeded(seed, "placements", part))
    ]


def _of_part(
    part: tuple[int, ...], size: int, figures: Sequence[PlacedFigure], rng: Random
) -> list[tuple[int, str]]:
    """Both margins hold: the countries and the periods of the part."""
    countries = {f.key: float(f.value) for f in figures if f.months == part and f.key != ALL}
    countries[OTHER] = _value(figures, part) - sum(countries.values())
    periods = {
        name: float(_value(figures, months))
        for name, months in PERIODS.items()
        if set(months) <= set(part)
    }
    months = Counter[str]()
    for name, count in apportion(size, periods).items():
        days = {str(month): float(len(working_days(month))) for month in PERIODS[name]}
        months += apportion(count, days)
    dealt = zip(shuffled(months, rng), shuffled(apportion(size, countries), rng), strict=True)
    return [(int(month), country) for month, country in dealt]


def compared(
    recorded: Mapping[tuple[int, str], int], months: Collection[int]
) -> list[tuple[PlacedFigure, int]]:
    """Each figure of the months that were replayed, beside what was recorded, by (month, country).

    The figures of ten months are left out: they are sums of those of their two parts.
    """
    return [
        (figure, _count(recorded, figure))
        for figure in published_placements()
        if set(figure.months) <= set(months) and len(figure.months) <= len(PARTS[0])
    ]


def _count(recorded: Mapping[tuple[int, str], int], figure: PlacedFigure) -> int:
    return sum(
        count
        for (month, country), count in recorded.items()
        if month in figure.months and figure.key in (ALL, country)
    )


def government_share() -> float:
    """The share placed without an agency, by the schemes of 2023."""
    values = {
        row["key"]: int(row["value"])
        for row in rows(HERE / "placement_facts.csv")
        if row["period"] == "2023"
    }
    return values["G_TO_G"] / values[ALL]


def _value(figures: Sequence[PlacedFigure], months: tuple[int, ...]) -> int:
    found = [f.value for f in figures if f.months == months and f.key == ALL]
    if len(found) != 1:
        raise FactsDisagreeError(f"{len(found)} totals of placements for months {months}, not one")
    return found[0]


def _months(period: str) -> tuple[int, ...]:
    if ".." not in period:
        return months_of(period)
    first, last = (int(end.rpartition("-")[2]) for end in period.split(".."))
    return ALL_MONTHS[first - 1 : last]
