"""Read and write the tables of the command line; what is wrong is said with stream and week."""

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TextIO

import numpy as np

from services.protection.early_warning.arrays import Array
from services.protection.early_warning.counts import Counts, WrongCounts
from services.protection.early_warning.scores import Scores, State
from services.protection.early_warning.weeks import WEEK, DatedWeeks, NumberedWeeks, Weeks

NEEDED, OPTIONAL = ("week", "stream", "count"), ("exposure", "outbreak", "expected")
MONDAY = 0
MARKS = {
    State.SCORED: "",
    State.BELOW_LIMIT: " (below limit)",
    State.BY_TAIL: " (gamma_poisson)",
    State.NO_HISTORY: " (no history)",
}
HEADER = ("week", "stream", "method", "expected", "upper", "alarm")


@dataclass(frozen=True, eq=False)
class Table:
    """The counts; S x T: whether a week is of an outbreak, what was expected; None: not told."""

    counts: Counts
    outbreak: Array | None
    expected: Array | None


@dataclass(frozen=True)
class _Row:
    week: date | int
    stream: str
    count: float
    exposure: float | None
    outbreak: float | None
    expected: float | None


def read(path: Path, today: date) -> Table:
    """Read `week,stream,count` with optional `exposure`, `outbreak` and `expected`.

    WrongCounts: a column is missing; a week is neither a Monday nor a whole number, in the future,
    there twice or missing after a stream's first; a number is none, or not allowed (`Counts`).
    """
    rows = list(_rows(path, today))
    if not rows:
        raise WrongCounts(f"{path.name} has no rows")
    dated = isinstance(rows[0].week, date)
    if any(isinstance(row.week, date) is not dated for row in rows):
        raise WrongCounts(f"{path.name} has both dates and numbers as weeks")
    weeks, first = _weeks(rows)
    streams = list(dict.fromkeys(row.stream for row in rows))
    return _table(rows, weeks, first, streams)


def _table(rows: list[_Row], weeks: Weeks, first: date | int, streams: list[str]) -> Table:
    shape = (len(streams), len(weeks))
    observed, more = np.full(shape, np.nan), {name: np.full(shape, np.nan) for name in OPTIONAL}
    where = {stream: place for place, stream in enumerate(streams)}
    for row in rows:
        at = where[row.stream], _place(row.week, first)
        if not np.isnan(observed[at]):
            counted = f"{observed[at]:g} and {row.count:g}"
            raise WrongCounts(f"stream {row.stream}, week {row.week}: there twice, with {counted}")
        observed[at] = row.count
        for name, values in more.items():
            given = getattr(row, name)
            values[at] = np.nan if given is None else given
    told = {name: None if np.isnan(values).all() else values for name, values in more.items()}
    counts = Counts(streams, weeks, observed, told["exposure"])
    return Table(counts, told["outbreak"], told["expected"])


def _rows(path: Path, today: date) -> Iterator[_Row]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
        if missing:
            raise WrongCounts(f"{path.name} has no column {', '.join(missing)}")
        for line in reader:
            yield _row(line, today)


def _row(line: dict[str, str], today: date) -> _Row:
    stream, week = line["stream"] or "", line["week"] or ""
    about = f"stream {stream or '(without a name)'}, week {week or '(none)'}"
    if not stream:
        raise WrongCounts(f"{about}: a stream needs a name")
    outbreak = _number(line, "outbreak", about)
    if outbreak not in (None, 0.0, 1.0):
        raise WrongCounts(f"{about}: outbreak is {line['outbreak']}, not 0 or 1")
    count = _number(line, "count", about)
    if count is None:
        raise WrongCounts(f"{about}: no count (a gap)")
    exposure, expected = (_number(line, name, about) for name in ("exposure", "expected"))
    return _Row(_week(week, about, today), stream, count, exposure, outbreak, expected)


def _number(line: dict[str, str], name: str, about: str) -> float | None:
    text = (line.get(name) or "").strip()
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise WrongCounts(f"{about}: {name} is {text}, no number")
    return number


def _week(text: str, about: str, today: date) -> date | int:
    if text.isdecimal() and len(text) < 8:
        return int(text)
    try:
        week = date.fromisoformat(text)
    except ValueError:
        raise WrongCounts(f"{about}: a week is a Monday (2024-01-01) or a number") from None
    if week.weekday() != MONDAY:
        monday = week - timedelta(days=week.weekday())
        raise WrongCounts(f"{about}: is no Monday; the week begins on {monday}")
    if week > today:
        raise WrongCounts(f"{about}: lies in the future")
    return week


def _weeks(rows: list[_Row]) -> tuple[Weeks, date | int]:
    dates = [row.week for row in rows if isinstance(row.week, date)]
    if dates:
        first = min(dates)
        return DatedWeeks((max(dates) - first) // WEEK + 1, first), first
    numbers = [row.week for row in rows if isinstance(row.week, int)]
    return NumberedWeeks(max(numbers) - min(numbers) + 1, min(numbers)), min(numbers)


def _place(week: date | int, first: date | int) -> int:
    return _running(week) - _running(first)


def _running(week: date | int) -> int:
    return week if isinstance(week, int) else week.toordinal() // 7


def write(file: TextIO, counts: Counts, weeks: Sequence[int], scores: dict[str, Scores]) -> None:
    """One row per scored week of a stream that was born by then, and method; see docs."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(HEADER)
    for method, scored in scores.items():
        for stream, name in enumerate(counts.streams):
            for column, week in enumerate(weeks):
                if np.isnan(counts.observed[stream, week]):
                    continue
                state = State(scored.state[stream, column])
                numbers = (scored.expected[stream, column], scored.upper[stream, column])
                told = ["" if np.isnan(number) else f"{number:.10g}" for number in numbers]
                alarm = int(scored.alarm[stream, column])
                week_label = counts.weeks.label(week)
                writer.writerow([week_label, name, method + MARKS[state], *told, alarm])
