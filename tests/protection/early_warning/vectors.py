"""What R said, as it is kept: the series with their options, and the expected values."""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np

from services.protection.early_warning.arrays import Array
from services.protection.early_warning.counts import Counts
from services.protection.early_warning.options import Options
from services.protection.early_warning.weeks import DatedWeeks, NumberedWeeks, Weeks
from tests.support.examples import examples

FOLDER = Path(__file__).parent / "oracle"
SCORED = 5


@dataclass(frozen=True, eq=False)
class Vector:
    """A series, its options, the scored places, and R's values by name (NaN: NA), N each."""

    name: str
    counts: Counts
    options: Options
    weeks: range
    said: dict[str, Array]


def vectors() -> list[Vector]:
    """All of them."""
    rows = [*_read("series.csv"), *_read("datasets.csv")]
    said: dict[str, list[dict[str, str]]] = {}
    for row in _read("expected.csv"):
        said.setdefault(row["id"], []).append(row)
    return [_vector(row, said[row["id"]]) for row in rows]


@cache
def all_vectors() -> tuple[Vector, ...]:
    """Read once: all of them in the stage `property`, one in seven beside the quick tests."""
    return tuple(vectors()[:: examples(7, 1)])


def _read(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _vector(row: dict[str, str], said: list[dict[str, str]]) -> Vector:
    observed = np.array([row["counts"].split()], dtype=float)
    exposure = np.array([row["population"].split()], dtype=float) if row["population"] else None
    many = observed.shape[1]
    weeks: Weeks = NumberedWeeks(many)
    if row["first"]:
        weeks = DatedWeeks(many, date.fromisoformat(row["first"]))
    values = {
        name: np.array([float(one[name] or "nan") for one in said])
        for name in said[0]
        if name != "id"
    }
    counts = Counts([row["id"]], weeks, observed, exposure)
    return Vector(row["id"], counts, _options(row), range(many - SCORED, many), values)


def _options(row: dict[str, str]) -> Options:
    return Options(
        alpha=float(row["alpha"]),
        years=int(row["b"]),
        half_window=int(row["w"]),
        past_weeks_not_included=int(row["past"]),
        season_levels=int(row["noPeriods"]),
        trend_threshold=float(row["pThreshold"]),
        reweight=float(row["weights"]) or None,
        limit=(int(row["cases"]), int(row["period"])),
        transformation=row["power"],  # type: ignore[arg-type]
    )
