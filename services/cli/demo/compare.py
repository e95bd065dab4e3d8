"""Published against recorded: pure counting, and the table that shows it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.table import Table

from services.cli.demo.facts import (
    NON_PROCEDURAL,
    PROCEDURAL,
    YEAR,
    Dimension,
    Figure,
)
from services.cli.demo.plan import INFORMATION, Plan

HEADINGS = ("period", "what", "published", "recorded", "equal")


@dataclass(frozen=True, slots=True)
class Recorded:
    """One filing as a read model recorded it. None: the read model does not carry that.

    Information requests may be among the records: they are no complaints and are not counted.
    """

    month: int
    category: str
    country: str
    province: str | None = None
    procedural: bool | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One figure beside what was recorded."""

    figure: Figure
    recorded: int

    @property
    def equal(self) -> bool:
        return self.recorded == self.figure.value


def compare(records: Iterable[Recorded], figures: Iterable[Figure]) -> list[Line]:
    """Every figure beside the count of the records it speaks of.

    Raises ValueError if a figure is about something the records do not carry: a figure is never
    skipped. Equal counts do not prove equal records; `estafet audit` is for that.
    """
    counted = [record for record in records if record.category != INFORMATION]
    return [Line(figure, _count(counted, figure)) for figure in figures]


def all_equal(lines: Sequence[Line]) -> bool:
    """True if every line is equal; no lines at all is not equality."""
    return bool(lines) and all(line.equal for line in lines)


def as_filed(plan: Plan) -> list[Recorded]:
    """The plan's filings as a perfect read model would record them."""
    return [
        Recorded(f.month, f.category, f.country, f.province, f.procedural) for f in plan.filings
    ]


def planned(plan: Plan) -> list[Figure]:
    """What the plan filed per month, category and country, as unpublished figures.

    Beside the published ones they find a record that moved between cells no source publishes.
    """
    complaints = [filing for filing in plan.filings if not filing.is_information]
    cells = Counter(
        (filing.month, dimension, code)
        for filing in complaints
        for dimension, code in (
            (Dimension.TOTAL, "all"),
            (Dimension.CATEGORY, filing.category),
            (Dimension.COUNTRY, filing.country),
        )
    )
    return [_planned(*cell, value) for cell, value in sorted(cells.items())]


def spread_months(plan: Plan) -> list[Figure]:
    """The totals of the months that are published only within a sum, as the plan spreads them."""
    spread = {(filing.month,) for filing in plan.filings if filing.spread}
    return [f for f in planned(plan) if f.dimension is Dimension.TOTAL and f.months in spread]


def _planned(month: int, dimension: Dimension, code: str, value: int) -> Figure:
    codes = frozenset[str]() if dimension is Dimension.TOTAL else frozenset({code})
    period = f"{YEAR}-{month:02}"
    return Figure(period, (month,), dimension, code, codes, value, published=False, source="plan")


def table(lines: Iterable[Line], title: str) -> Table:
    """The lines for a terminal."""
    drawn = Table(*HEADINGS, title=title)
    for line in lines:
        drawn.add_row(*_cells(line), style=None if line.equal else "bold red")
    return drawn


def plain(lines: Iterable[Line]) -> str:
    """The lines for a log or a pipe, in columns."""
    cells = [HEADINGS, *(_cells(line) for line in lines)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    )


def _cells(line: Line) -> tuple[str, str, str, str, str]:
    figure = line.figure
    what = str(figure.dimension) if figure.key == "all" else f"{figure.dimension} {figure.key}"
    equal = "yes" if line.equal else f"NO ({line.recorded - figure.value:+})"
    return figure.period, what, _value_shown(figure), str(line.recorded), equal


def _value_shown(figure: Figure) -> str:
    """The published number as it was published, and what was made of it."""
    if not figure.published:
        return f"- (spread: {figure.value})"
    derived = " (derived)" if figure.derived else ""
    if figure.times == 1:
        return f"{figure.value}{derived}"
    return f"{figure.value // figure.times}{derived} x {figure.times} = {figure.value}"


def _count(records: Sequence[Recorded], figure: Figure) -> int:
    if figure.dimension in (Dimension.MONTH_MIN, Dimension.MONTH_MAX):
        return _extreme(records, figure)
    within = [record for record in records if record.month in figure.months]
    if figure.dimension is Dimension.TOP_FIVE_COUNTRIES:
        largest = Counter(record.country for record in within).most_common(5)
        return sum(count for _, count in largest)
    if not figure.codes:
        return len(within)
    return sum(_value(record, figure.dimension) in figure.codes for record in within)


def _extreme(records: Sequence[Recorded], figure: Figure) -> int:
    by_month = Counter(record.month for record in records)
    of_months = [by_month[month] for month in figure.months]
    return min(of_months) if figure.dimension is Dimension.MONTH_MIN else max(of_months)


def _value(record: Recorded, dimension: Dimension) -> str:
    procedure = {True: PROCEDURAL, False: NON_PROCEDURAL, None: None}[record.procedural]
    value = {
        Dimension.CATEGORY: record.category,
        Dimension.COUNTRY: record.country,
        Dimension.PROVINCE: record.province,
        Dimension.PROCEDURE: procedure,
    }[dimension]
    if value is None:
        raise ValueError(f"the records carry no {dimension}, so its figures cannot be compared")
    return value
