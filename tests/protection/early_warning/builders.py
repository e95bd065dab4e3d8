"""Tables for the tests."""

from datetime import date

import numpy as np

from services.protection.early_warning.arrays import Array
from services.protection.early_warning.counts import Counts
from services.protection.early_warning.weeks import DatedWeeks, NumberedWeeks

FIRST_MONDAY = date(2014, 1, 6)


def some_counts(
    observed: Array | list[list[float]], exposure: Array | list[list[float]] | None = None
) -> Counts:
    """Streams s1, s2 … in numbered weeks."""
    table = np.asarray(observed, dtype=float)
    exposed = None if exposure is None else np.asarray(exposure, dtype=float)
    names = [f"s{number + 1}" for number in range(len(table))]
    return Counts(names, NumberedWeeks(table.shape[1]), table, exposed)


def dated(counts: Counts, first: date = FIRST_MONDAY) -> Counts:
    """The same counts in weeks by date."""
    weeks = DatedWeeks(len(counts.weeks), first)
    return Counts(counts.streams, weeks, counts.observed, counts.exposure)


def drawn(streams: int, weeks: int, mean: float, seed: int = 1) -> Array:
    """Poisson counts."""
    counts: Array = np.random.default_rng(seed).poisson(mean, (streams, weeks)).astype(float)
    return counts
