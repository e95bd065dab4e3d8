"""What is fitted: weeks with their levels of the season, and the counts of many streams in them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from services.protection.early_warning.arrays import Array

# Where R's Poisson family starts: y + 0.1.
START = 0.1
STRIDE = 16


@dataclass(frozen=True, eq=False)
class Design:
    """n weeks of a baseline: `levels` n seasonal levels from 0, `times` n, `now` the scored one.

    Times are centred and scaled by `of`; `unit` is a week, `places` n are weeks since the first.
    """

    levels: Array
    times: Array
    now: float
    many_levels: int
    current_level: int
    places: Array
    unit: float

    @classmethod
    def of(cls, weeks: Array, levels: Array, week: int, current_level: int) -> "Design":
        """`weeks`, `levels`: n each; `week`: the one to be judged, of the level `current_level`."""
        middle, scale = weeks.mean(), max(1.0, float(np.ptp(weeks)) / 2)
        times = (weeks - middle) / scale
        now = (week - middle) / scale
        many = int(max(levels.max(), current_level)) + 1
        return cls(levels, times, now, many, current_level, weeks - weeks[0], 1 / scale)

    def sums(self) -> Array:
        """n x 3·levels: a product with it sums by level: weights, times time, times time²."""
        rows = len(self.times)
        by_level = np.zeros((rows, self.many_levels))
        by_level[np.arange(rows), self.levels] = 1.0
        time = self.times[:, None]
        return np.hstack([by_level, by_level * time, by_level * time**2])

    def farthest(self) -> float:
        """The largest distance of a week from the middle."""
        return float(np.abs(self.times).max())

    def rise(self, slope: Array) -> Array:
        """S x n: exp(slope · time). The weeks are whole numbers apart: a product of few powers."""
        high, low = np.divmod(self.places, STRIDE)
        fine = np.exp(slope[:, None] * (np.arange(STRIDE) * self.unit))
        strides = self.times[0] + np.arange(high.max() + 1) * STRIDE * self.unit
        rough = np.exp(slope[:, None] * strides)
        risen: Array = rough[:, high] * fine[:, low]
        return risen


@dataclass(frozen=True, eq=False)
class Problem:
    """S x n counts, prior weights (0: left out) and logarithms of exposure (or None)."""

    design: Design
    counts: Array
    prior: Array
    offset: Array | None = None

    @cached_property
    def logarithms(self) -> Array:
        """S x n: the logarithm of the counts + 0.1, where every fit starts."""
        return of_counts(self.counts, lambda counts: np.log(counts + START))

    @cached_property
    def own_deviance(self) -> Array:
        """S x n: y log y, what the deviance has of the counts alone."""
        return of_counts(self.counts, lambda counts: counts * np.log(np.maximum(counts, 1.0)))

    def take(self, which: Array) -> "Problem":
        """The problem of some streams."""
        offset = None if self.offset is None else self.offset[which]
        part = Problem(self.design, self.counts[which], self.prior[which], offset)
        part.__dict__["logarithms"] = self.logarithms[which]
        part.__dict__["own_deviance"] = self.own_deviance[which]
        return part

    def weighing(self, prior: Array) -> "Problem":
        """The same counts with other weights."""
        weighed = Problem(self.design, self.counts, prior, self.offset)
        weighed.__dict__["logarithms"] = self.logarithms
        weighed.__dict__["own_deviance"] = self.own_deviance
        return weighed

    def at_risk(self) -> Array:
        """S x n: prior weights times exposure."""
        return self.prior if self.offset is None else self.prior * np.exp(self.offset)


def of_counts(counts: Array, function: Callable[[Array], Array]) -> Array:
    """A function of whole numbers, looked up where they are not too large for that."""
    largest = int(counts.max(initial=0))
    if largest > counts.size:
        return function(counts)
    found: Array = function(np.arange(largest + 1, dtype=float))[counts.astype(np.intp)]
    return found
