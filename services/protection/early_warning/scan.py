"""Space-time scan: in which neighbouring places the last weeks have more cases than expected.

Expectation-based Poisson (Neill et al. 2005; Neill 2009, Int J Forecasting 25:498) and Kulldorff
(2001, JRSS A 164:61). Zones are a place with its nearest neighbours, one more at a time; windows
are the last 1 … `max_weeks` weeks. Both statistics are compared with counts that vary more than
Poisson: negative binomial with variance `dispersion` times the mean; for Kulldorff's, given their
total (Dirichlet-multinomial).
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from services.chassis.errors import Invalid
from services.protection.early_warning.arrays import Array

Statistic = Literal["eb", "kulldorff"]
BLOCK = 16
# A threshold that no count reaches.
NEVER = np.iinfo(np.int32).max
# A replicate that is as large but for rounding is as large.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Cluster:
    """`places` (the first is the centre) in the last `weeks` weeks: cases, expected ones, the log
    likelihood ratio and its p among the largest of the replications."""

    places: tuple[int, ...]
    weeks: int
    observed: float
    expected: float
    ratio: float
    p: float


@dataclass(frozen=True, eq=False)
class Area:
    """The last W weeks of P places, the latest first: `observed`, `expected` P x W each.

    `neighbours` P x k: places by their distance from each place, itself first.
    """

    observed: Array
    expected: Array
    neighbours: Array

    def zones(self, values: Array) -> Array:
        """P x k x W: sums over a place with its nearest, and over the last weeks."""
        return values.cumsum(axis=1)[self.neighbours].cumsum(axis=1)


def nearest(latitude: Array, longitude: Array, many: int) -> Array:
    """P x `many`: places (degrees, P) by great-circle distance; ties by their order."""
    up, along = np.radians(latitude), np.radians(longitude)
    points = np.stack([np.cos(up) * np.cos(along), np.cos(up) * np.sin(along), np.sin(up)], axis=1)
    distance = ((points[:, None, :] - points[None, :, :]) ** 2).sum(axis=2)
    np.fill_diagonal(distance, -1.0)
    order: Array = np.argsort(distance, axis=1, kind="stable")[:, :many]
    return order


def ratios(area: Area, statistic: Statistic) -> Array:
    """P x k x W: the log likelihood ratio of every zone and window, 0 where there is no excess."""
    inside, expected = area.zones(area.observed), area.zones(area.expected)
    return _ratio(inside, expected, area.observed.sum(), area.expected.sum(), statistic)


def _ratio(inside: Array, expected: Array, total: float, all_: float, how: Statistic) -> Array:
    with np.errstate(all="ignore"):
        if how == "eb":
            ratio = _xlog(inside, inside / expected) + expected - inside
            excess = inside > expected
        else:
            mean = expected * (total / all_)
            outside, rest = total - inside, total - mean
            ratio = _xlog(inside, inside / mean) + _xlog(outside, outside / rest)
            excess = (inside > mean) & (rest > 0)
    return np.where(excess, ratio, 0.0)


def _xlog(count: Array, ratio: Array) -> Array:
    product: Array = np.where(count > 0, count * np.log(np.where(count > 0, ratio, 1.0)), 0.0)
    return product


def scan(
    area: Area,
    *,
    statistic: Statistic = "eb",
    dispersion: float = 1.0,
    replications: int = 999,
    most: int = 10,
    seed: int = 1,
) -> list[Cluster]:
    """The clusters, the strongest first, no two with a place in common; at most `most` of them.

    p: the share of replications (with the observed one) whose largest ratio is as large. Invalid:
    a place has no expectation, or the dispersion is below 1.
    """
    if not (area.expected > 0).all() or dispersion < 1:
        raise Invalid("a scan needs expected counts above 0 and a dispersion of 1 at least")
    found = ratios(area, statistic)
    chosen = _chosen(area, found, most)
    levels = np.array([found[where] for where in chosen])
    as_large = _as_large(area, levels, statistic, dispersion, replications, seed)
    observed, expected = area.zones(area.observed), area.zones(area.expected)
    return [
        Cluster(
            places=tuple(int(place) for place in area.neighbours[where[0], : where[1] + 1]),
            weeks=where[2] + 1,
            observed=float(observed[where]),
            expected=float(expected[where]),
            ratio=float(found[where]),
            p=(1 + int(count)) / (1 + replications),
        )
        for where, count in zip(chosen, as_large, strict=True)
    ]


def _chosen(area: Area, found: Array, most: int) -> list[tuple[int, int, int]]:
    """Places in `found` of the largest ratios whose zones share no place."""
    taken = np.zeros(len(area.neighbours), dtype=bool)
    chosen: list[tuple[int, int, int]] = []
    left = found.copy()
    while len(chosen) < most:
        place, size, week = (int(part) for part in np.unravel_index(left.argmax(), left.shape))
        if left[place, size, week] <= 0:
            break
        chosen.append((place, size, week))
        taken[area.neighbours[place, : size + 1]] = True
        left[np.logical_or.accumulate(taken[area.neighbours], axis=1)] = 0.0
    return chosen


def _as_large(
    area: Area, levels: Array, statistic: Statistic, dispersion: float, many: int, seed: int
) -> Array:
    """How many replications have a ratio of at least each level.

    A zone's ratio grows with its count, so that each zone has a smallest count for a level, and the
    replications are compared with whole numbers instead of logarithms.
    """
    if not len(levels):
        return np.zeros(0, dtype=int)
    total = float(area.observed.sum())
    needed = [
        _smallest_counts(area, level - ROUNDING * max(1.0, level), total, statistic)
        for level in levels
    ]
    drawn = _replicates(area, dispersion, many, seed, None if statistic == "eb" else int(total))
    return np.array(_exceeding(area.neighbours, drawn, needed))


def _smallest_counts(area: Area, level: float, total: float, how: Statistic) -> Array:
    """P x k x W: the smallest count of a zone whose ratio is at least `level`."""
    expected = area.zones(area.expected)
    all_ = float(area.expected.sum())
    low = np.floor(expected if how == "eb" else expected * (total / all_))
    high = np.full_like(low, total) if how == "kulldorff" else 2 * low + 4 * level + 10
    low = np.minimum(low, high)
    possible = _ratio(high, expected, total, all_, how) >= level
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        enough = _ratio(middle, expected, total, all_, how) >= level
        high, low = np.where(enough, middle, high), np.where(enough, low, middle)
    return np.where(possible, high, NEVER).astype(np.int32)


def _replicates(area: Area, dispersion: float, many: int, seed: int, total: int | None) -> Array:
    """P x W x `many` counts under the null, added up over the last weeks."""
    rng = np.random.Generator(np.random.SFC64(seed))
    mean = np.broadcast_to(area.expected[:, :, None], (*area.expected.shape, many))
    if dispersion > 1:
        mean = rng.standard_gamma(mean / (dispersion - 1)) * (dispersion - 1)
    if total is None:
        counts = rng.poisson(mean)
    else:
        shares = np.moveaxis(mean, 2, 0).reshape(many, -1)
        shares = shares / shares.sum(axis=1, keepdims=True)
        counts = np.moveaxis(rng.multinomial(total, shares).reshape(many, *mean.shape[:2]), 0, 2)
    return counts.astype(np.int32).cumsum(axis=1, dtype=np.int32)


def _exceeding(neighbours: Array, drawn: Array, needed: list[Array]) -> list[int]:
    """For each level: how many replications reach it in any zone."""
    places, many = neighbours.shape
    reached = np.zeros((len(needed), drawn.shape[2]), dtype=bool)
    for first in range(0, places, BLOCK):
        block = slice(first, first + BLOCK)
        sums = np.zeros((len(neighbours[block]), *drawn.shape[1:]), dtype=np.int32)
        for size in range(many):
            sums += drawn[neighbours[block, size]]
            for level, smallest in enumerate(needed):
                passed = sums >= smallest[block, size, :, None]
                reached[level] |= passed.any(axis=(0, 1))
    return [int(count) for count in reached.sum(axis=1)]
