"""Past weeks of many scored weeks as one array."""

from collections.abc import Sequence

import numpy as np

from services.protection.early_warning.arrays import Array
from services.protection.early_warning.counts import Counts


def gathered(counts: Counts, places: Array) -> tuple[Array, Array]:
    """Cases and exposure at `places` (N x m, places of the table): S x N x m each.

    A place before the table, or a week that does not count, has the exposure 0.
    """
    there = places >= 0
    cases = counts.cases()[:, np.where(there, places, 0)]
    exposed = np.where(there, counts.exposed()[:, np.where(there, places, 0)], 0.0)
    return np.where(exposed > 0, cases, 0.0), exposed


def back(weeks: Sequence[int], nearest: int, farthest: int) -> Array:
    """N x m: the places from `farthest` to `nearest` weeks before each scored week."""
    return np.asarray(weeks)[:, None] - np.arange(farthest, nearest - 1, -1)


def same_season(counts: Counts, weeks: Sequence[int], years: int, half_window: int) -> Array:
    """N x years·(2w + 1): the weeks around the same week of each of the years before."""
    middles = [
        [counts.weeks.years_before(week, year) for year in range(1, years + 1)] for week in weeks
    ]
    around = np.arange(-half_window, half_window + 1)
    places = np.asarray(middles, dtype=int).reshape(len(weeks), years, 1) + around
    return places.reshape(len(weeks), -1)
