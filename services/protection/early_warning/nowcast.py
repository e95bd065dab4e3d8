"""Nowcast: how many events of the last weeks will have been reported in the end.

Lawless 1994, Can J Stat 22:15, by reverse hazards of the delay, as R `surveillance` 1.20's
`nowcast(method = "lawless")`. R's variance leaves out what comes of the estimated delays (its
formula is cut by a line's end); `as_r` does the same. Ours keeps it, takes a week's rate as gamma
distributed like those of the complete weeks, so that what is missing is negative binomial, and
widens by how far earlier nowcasts were off.
"""

from dataclasses import dataclass

import numpy as np
from scipy import special

from services.chassis.errors import Invalid
from services.protection.early_warning.arrays import Array
from services.protection.early_warning.counting import distribution, quantile

# Jeffreys' prior of a rate, where no week is complete, and how many cases a prior is worth at most.
SHAPE_ALONE, STRONGEST_SHAPE = 0.5, 50.0
# How many earlier nowcasts the width is learned from.
LOOKED_BACK = 26
FEWEST_LOOKED_BACK = 8


@dataclass(frozen=True, eq=False)
class Nowcast:
    """T each, by week of the event: `reported` so far, `estimate` of all, `low` and `high` of the
    interval, `completeness`: the share that is reported by now on average."""

    reported: Array
    estimate: Array
    low: Array
    high: Array
    completeness: Array


@dataclass(frozen=True, eq=False)
class Triangle:
    """`counts` T x (D + 1): events of a week reported so many weeks later, NaN: not yet."""

    counts: Array

    @property
    def weeks(self) -> int:
        return int(self.counts.shape[0])

    @property
    def longest(self) -> int:
        return int(self.counts.shape[1] - 1)

    def reported(self) -> Array:
        """T: what is reported by the last week."""
        total: Array = np.nansum(self.counts, axis=1)
        return total

    def as_known(self, ago: int) -> "Triangle":
        """The triangle as it was so many weeks ago."""
        counts = self.counts[: self.weeks - ago].copy()
        week, delay = np.indices(counts.shape)
        counts[week + delay >= len(counts)] = np.nan
        return Triangle(counts)


def triangle(event: Array, report: Array, weeks: int, longest: int) -> Triangle:
    """Of the weeks of events and of their reports (N each, from 0); later ones are not known yet.

    Delays above `longest` count as `longest`. Invalid: a report before its event, or fewer weeks
    than delays.
    """
    if weeks <= longest:
        raise Invalid(f"{weeks} weeks are too few for delays of up to {longest}")
    if (report < event).any():
        raise Invalid(f"event {int(np.argmax(report < event)) + 1} is reported before it happens")
    known = (report < weeks) & (event >= 0)
    counts = np.zeros((weeks, longest + 1))
    delay = np.minimum(report - event, longest)[known]
    np.add.at(counts, (event[known], delay), 1)
    week, lag = np.indices(counts.shape)
    counts[week + lag >= weeks] = np.nan
    return Triangle(counts)


def completeness(known: Triangle, window: int | None) -> tuple[Array, Array]:
    """T: the share reported by now, and its variance; delays of the last `window` (R: m) weeks.

    The weeks of a delay are those whose reports fell within the window, as Lawless cuts it (R:
    m.interpretation = "lawless1994").
    """
    weeks, longest = known.weeks, known.longest
    span = weeks - 1 if window is None else window
    added, by_then = np.zeros(longest + 1), np.zeros(longest + 1)
    for delay in range(longest + 1):
        rows = slice(max(0, weeks - 1 - span - delay), weeks - delay)
        added[delay] = known.counts[rows, delay].sum()
        by_then[delay] = known.counts[rows, : delay + 1].sum()
    with np.errstate(all="ignore"):
        hazard = np.where(by_then > 0, added / by_then, 0.0)
        relative = np.where(by_then > 0, hazard / (by_then * (1 - hazard)), 0.0)
    left = np.where(np.arange(longest + 1) > 0, 1 - hazard, 1.0)
    later = np.append(np.cumprod(left[::-1])[::-1][1:], 1.0)
    spread = np.append(np.cumsum(relative[::-1])[::-1][1:], 0.0)
    age = np.minimum(np.arange(weeks)[::-1], longest)
    share = later[age]
    return share, share**2 * np.nan_to_num(spread[age], posinf=0.0)


def nowcast(
    known: Triangle, *, window: int | None = None, alpha: float = 0.05, as_r: bool = False
) -> Nowcast:
    """The last weeks as they will be; a share 1 - `alpha` of intervals holds the final number.

    With `as_r`: R's median and interval; NaN where nothing is ever reported by then.
    """
    share, variance = completeness(known, window)
    reported = known.reported()
    if as_r:
        middle, low, high = _truncated(reported, share, alpha)
        return Nowcast(reported, middle, low, high, share)
    missing, dispersion = _missing(known, share, variance)
    dispersion = np.maximum(1.0, dispersion * _widening(known, window, share))
    low, high = _middle(missing, dispersion, alpha)
    return Nowcast(reported, reported + missing, reported + low, reported + high, share)


def _middle(mean: Array, dispersion: Array, alpha: float) -> tuple[Array, Array]:
    """The counts whose mid-distribution lies inside: whole quantiles alone hold too much."""
    low = quantile(alpha / 2, mean, dispersion)
    high = quantile(1 - alpha / 2, mean, dispersion)
    low += _middle_distribution(low, mean, dispersion) < alpha / 2
    high -= _middle_distribution(high, mean, dispersion) > 1 - alpha / 2
    return np.minimum(low, high), np.maximum(low, high)


def _middle_distribution(count: Array, mean: Array, dispersion: Array) -> Array:
    below = distribution(count - 1, mean, dispersion)
    middle: Array = (below + distribution(count, mean, dispersion)) / 2
    return middle


def _missing(known: Triangle, share: Array, variance: Array) -> tuple[Array, Array]:
    """T: mean of what is missing, and variance over mean; the share's own variance comes on top."""
    shape, rate = _prior(known)
    size, both = known.reported() + shape, rate + share
    with np.errstate(all="ignore"):
        mean = np.where(share < 1, size * (1 - share) / both, 0.0)
        unsure = size**2 * (1 + rate) ** 2 * variance / both**4
        dispersion = 1 + (1 - share) / both + np.where(mean > 0, unsure / mean, 0.0)
    return mean, dispersion


def _prior(known: Triangle) -> tuple[float, float]:
    """Shape and rate of the gamma distribution of weekly rates, from the last complete weeks."""
    complete = known.reported()[: known.weeks - known.longest][-LOOKED_BACK:]
    if len(complete) < FEWEST_LOOKED_BACK or not complete.any():
        return SHAPE_ALONE, 1e-3
    mean = float(complete.mean())
    variance = max(float(complete.var(ddof=1)) - mean, mean**2 / STRONGEST_SHAPE)
    return mean**2 / variance, mean / variance


def _widening(known: Triangle, window: int | None, share: Array) -> Array:
    """T: by what the variance has to be multiplied, from earlier nowcasts of weeks of that age."""
    longest, weeks = known.longest, known.weeks
    final = known.reported()
    squares, foreseen = np.zeros(longest + 1), np.zeros(longest + 1)
    most = min(LOOKED_BACK + longest, weeks - 2 * longest)
    for ago in range(1, most + 1):
        before = known.as_known(ago)
        was, variance = completeness(before, window)
        then = before.reported()
        mean, dispersion = _missing(before, was, variance)
        for age in range(min(longest, before.weeks - 1)):
            week = before.weeks - 1 - age
            if week + longest >= weeks or mean[week] <= 0:
                continue
            off = final[week] - then[week] - mean[week]
            squares[age] += off**2
            foreseen[age] += mean[week] * dispersion[week]
    pooled = squares.sum() / foreseen.sum() if foreseen.sum() else 1.0
    # an age that was seen seldom leans on the others
    lean = foreseen.sum() / (longest + 1) * FEWEST_LOOKED_BACK / LOOKED_BACK
    own = (squares + lean * pooled) / (foreseen + lean) if lean else np.ones(longest + 1)
    ages = np.minimum(np.arange(weeks)[::-1], longest)
    widening: Array = np.where(share < 1, own[ages], 1.0)
    return widening


def _truncated(reported: Array, share: Array, alpha: float) -> list[Array]:
    """R's median and interval: a normal cut at what is reported, at whole numbers."""
    with np.errstate(all="ignore"):
        mean = reported / share
        deviation = np.sqrt(reported * (1 - share)) / share
        above = special.ndtr((mean - reported) / deviation)
        ends = []
        for wanted in (0.5, alpha / 2, 1 - alpha / 2):
            at = np.ceil(mean + deviation * special.ndtri(wanted * above))
            ends.append(np.where(deviation > 0, np.maximum(at, reported), mean))
    return ends
