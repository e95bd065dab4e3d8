"""`estafet early-warning nowcast`: from dates of events and reports to weekly counts."""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from services.protection.early_warning.counts import WrongCounts
from services.protection.early_warning.nowcast import nowcast, triangle

COLUMNS = ("event_date", "report_date")
HEADER = "week,reported,estimate,low,high,completeness"


def run(path: Path, max_delay: int, window: int | None, alpha: float, today: date) -> Iterator[str]:
    """Yield lines of CSV, one per week. WrongCounts names the row that is wrong."""
    events = list(_events(path, today))
    if not events:
        raise WrongCounts(f"{path.name} has no rows")
    first = _monday(min(event for event, _ in events))
    weeks = (_monday(max(report for _, report in events)) - first).days // 7 + 1
    if weeks <= max_delay:
        raise WrongCounts(f"{path.name} has {weeks} weeks: too few for --max-delay {max_delay}")
    places = np.array([[(_monday(day) - first).days // 7 for day in pair] for pair in events])
    found = nowcast(
        triangle(places[:, 0], places[:, 1], weeks, max_delay), window=window, alpha=alpha
    )
    yield HEADER
    for week in range(weeks):
        label = first + timedelta(days=7 * week)
        numbers = f"{found.low[week]:.0f},{found.high[week]:.0f},{found.completeness[week]:.4g}"
        yield f"{label},{found.reported[week]:.0f},{found.estimate[week]:.6g},{numbers}"


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _events(path: Path, today: date) -> Iterator[tuple[date, date]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise WrongCounts(f"{path.name} has no column {', '.join(missing)}")
        for number, row in enumerate(reader, 1):
            yield _event(row, number, today)


def _event(row: dict[str, str], number: int, today: date) -> tuple[date, date]:
    try:
        event, report = (date.fromisoformat((row[name] or "").strip()) for name in COLUMNS)
    except ValueError:
        raise WrongCounts(f"row {number}: a date is written as 2024-01-31") from None
    if report < event:
        raise WrongCounts(f"row {number}: reported on {report}, before it happened on {event}")
    if report > today:
        raise WrongCounts(f"row {number}: {report} lies in the future")
    return event, report
