"""Make the series on which we are compared with R: run as a module, it writes series.csv.

Many shapes: sparse to large, Poisson to very uneven, trends, seasons, outbreaks long ago and now,
zeros for years, short histories, by number and by date, with an exposure. Each has options of its
own. `Rscript expected.R` then writes what R says of them; neither is needed to run a test.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent
SEED, MANY, SCORED = 20261129, 240, 5
FIELDS = (
    *("id", "b", "w", "alpha", "noPeriods", "past", "pThreshold", "weights", "cases", "period"),
    *("power", "first", "counts", "population"),
)
MONDAYS = ("2009-12-28", "2012-01-02", "2016-02-29", "2015-06-01")


def series(number: int) -> dict[str, object]:
    """The series of this number, with its options."""
    rng = np.random.default_rng([SEED, number])
    years = (5, 5, 3, 2, 6)[number % 5]
    weeks = 52 * years + int(rng.integers(14, 40))
    time = np.arange(weeks)
    level = (-2.0, -0.7, 0.3, 1.2, 2.5, 4.0)[number % 6]
    slope = (0.0, 0.002, -0.003, 0.006)[number // 6 % 4]
    season = (0.0, 0.4, 1.0)[number // 24 % 3]
    mean = np.exp(level + slope * time + season * np.cos(2 * np.pi * time / 52))
    population = rng.integers(200, 900, weeks) if number % 7 == 3 else None
    if population is not None:
        mean = mean * population / 500
    counts = _counts(rng, mean, (1.0, 1.3, 2.0, 5.0)[number // 3 % 4], number % 10)
    return {
        "id": f"g{number}",
        "b": years,
        "w": (3, 3, 2, 4)[number // 5 % 4],
        "alpha": (0.005, 0.01, 0.05)[number % 3],
        "noPeriods": (10, 10, 1, 5)[number // 2 % 4],
        "past": (26, 26, 3, 10)[number // 4 % 4],
        "pThreshold": (0.05, 1)[number % 2],
        "weights": (2.58, 2.58, 1, 0)[number // 7 % 4],
        "cases": (0, 5)[number // 8 % 2],
        "period": 4,
        "power": ("2/3", "2/3", "1/2", "none")[number // 11 % 4],
        "first": MONDAYS[number // 4 % 4] if number % 4 == 1 else "",
        "counts": " ".join(map(str, counts)),
        "population": "" if population is None else " ".join(map(str, population)),
    }


def _counts(rng: np.random.Generator, mean: np.ndarray, dispersion: float, shape: int) -> list[int]:
    if dispersion > 1:
        mean = rng.gamma(mean / (dispersion - 1), dispersion - 1)
    counts = rng.poisson(mean)
    many = len(counts)
    if shape == 1:  # an outbreak long ago
        counts[many // 3 : many // 3 + 5] += 3 * int(counts.max() + 2)
    elif shape == 2:  # one now
        counts[-3:] += 2 * int(np.sqrt(counts.var())) + 3
    elif shape == 4:  # nothing for years
        counts[: many // 2] = 0
    elif shape == 6:  # nothing in one part of the year
        counts[np.arange(many) % 52 < 20] = 0
    elif shape == 8:  # nothing but one case
        counts[:] = 0
        counts[-2] = 1
    return [int(count) for count in counts]


def rows() -> Iterator[dict[str, object]]:
    """All series."""
    return (series(number) for number in range(MANY))


def main() -> None:
    with (FOLDER / "series.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows())


if __name__ == "__main__":
    main()
