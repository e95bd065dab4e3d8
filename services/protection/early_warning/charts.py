"""Control charts: CUSUM and generalised likelihood ratio for negative binomial counts.

Höhle, Paul 2008, Comput Stat Data Anal 52:4357, as R `surveillance` 1.20's `algo.glrnb` (with
`theta`: CUSUM; without: GLR), and Rossi et al. 1999, Stat Med 18:2111, as `algo.cusum`.
A chart begins anew after each alarm.
"""

from dataclasses import dataclass

import numpy as np

from services.protection.early_warning.arrays import Array

NEWTON_STEPS = 60
PRECISE = 1e-11


@dataclass(frozen=True, eq=False)
class Chart:
    """`statistic` S x N, `alarm` S x N (the statistic has passed the threshold), `upper` S x N: the
    smallest count that would not yet have passed it."""

    statistic: Array
    alarm: Array
    upper: Array


def cusum_nb(
    observed: Array, mean: Array, alpha: Array, *, shift: float, threshold: float
) -> Chart:
    """Cumulated evidence for a mean that is exp(`shift`) times the expected one.

    `observed`, `mean` S x N, `alpha` S: variance m + alpha·m² (0: Poisson). `shift` is R's
    log(theta), `threshold` its c.ARL. Weeks with a mean of 0 are passed over.
    """
    streams, many = observed.shape
    chart = Chart(*(np.zeros((streams, many)) for _ in range(3)))
    flags = np.zeros((streams, many), dtype=bool)
    standing = np.zeros(streams)
    for week in range(many):
        per_case, constant = _evidence(mean[:, week], alpha, shift)
        chart.upper[:, week] = np.floor((threshold - standing - constant) / per_case)
        standing = np.maximum(0.0, standing + per_case * observed[:, week] + constant)
        chart.statistic[:, week] = standing
        flags[:, week] = standing > threshold
        standing = np.where(flags[:, week], 0.0, standing)
    return Chart(chart.statistic, flags, np.maximum(chart.upper, 0.0))


def _evidence(mean: Array, alpha: Array, shift: float) -> tuple[Array, Array]:
    """The log likelihood ratio of a week is `per_case` · count + `constant`."""
    poisson = alpha <= 0
    size = 1 / np.where(poisson, 1.0, alpha)
    with np.errstate(all="ignore"):
        part = np.log1p(alpha * mean) - np.log1p(alpha * mean * np.exp(shift))
    per_case = shift + np.where(poisson, 0.0, part)
    constant = np.where(poisson, -mean * np.expm1(shift), size * part)
    return per_case, constant


def glr_nb(
    observed: Array,
    mean: Array,
    alpha: Array,
    *,
    threshold: float,
    window: int | None = None,
    limits_from: int | None = None,
) -> Chart:
    """The largest evidence for any rise that began this week or up to `window` (R: M) weeks before.

    Shapes as for `cusum_nb`; `threshold` is R's c.ARL. A week's `statistic` is the supremum over
    the begin and over rises of at least 0. `upper` is found by trying counts, from the week
    `limits_from` on (None: for no week, NaN).
    """
    streams, many = observed.shape
    statistic, upper = np.zeros((streams, many)), np.full((streams, many), np.nan)
    flags = np.zeros((streams, many), dtype=bool)
    begin = np.zeros(streams, dtype=int)
    for week in range(many):
        first = 0 if window is None else max(0, week - window)
        span = slice(first, week + 1)
        since = np.maximum(begin - first, 0)
        chart = _Glr(observed[:, span], mean[:, span], alpha, since, threshold)
        statistic[:, week] = chart.statistic()
        flags[:, week] = statistic[:, week] >= threshold
        if limits_from is not None and week >= limits_from:
            upper[:, week] = chart.limit(flags[:, week])
        begin[flags[:, week]] = week + 1
    return Chart(statistic, flags, upper)


@dataclass(frozen=True, eq=False)
class _Glr:
    """One week of all streams: its window S x m, and from which place on a rise may begin."""

    observed: Array
    mean: Array
    alpha: Array
    begin: Array
    threshold: float

    def statistic(self) -> Array:
        return glr_statistic(self.observed, self.mean, self.alpha, self.begin)

    def limit(self, alarm: Array) -> Array:
        """S: the largest count of the last week with which there is no alarm, -1 if there is none.

        The statistic grows with the count: doubled until it passes, then halved.
        """
        seen = self.observed[:, -1]
        low, high = np.where(alarm, -1.0, seen), np.where(alarm, seen, np.inf)
        which = np.flatnonzero(high - low > 1)
        while len(which):
            bottom, top = low[which], high[which]
            tried = np.where(np.isinf(top), 2 * bottom + 2, np.floor((bottom + top) / 2))
            counts = self.observed[which].copy()
            counts[:, -1] = tried
            begin, alpha = self.begin[which], self.alpha[which]
            passed = glr_statistic(counts, self.mean[which], alpha, begin) >= self.threshold
            passed |= self.mean[which, -1] <= 0
            high[which], low[which] = np.where(passed, tried, top), np.where(passed, bottom, tried)
            which = which[high[which] - low[which] > 1]
        return low


def glr_statistic(observed: Array, mean: Array, alpha: Array, begin: Array) -> Array:
    """S: the supremum at the last of m weeks over begins from `begin` (S, places) on and rises ≥ 0.

    `observed`, `mean` S x m, `alpha` S.
    """
    many = observed.shape[1]
    best = np.zeros(len(observed))
    slope = (observed - mean) / (1 + alpha[:, None] * mean)
    # the supremum over rises from 0 on is at 0 unless the evidence points up there
    rising = slope[:, ::-1].cumsum(axis=1)[:, ::-1] > 0
    for first in range(many):
        which = np.flatnonzero(rising[:, first] & (begin <= first))
        if len(which):
            counts, means = observed[which, first:], mean[which, first:]
            with np.errstate(all="ignore"):
                best[which] = np.fmax(best[which], _supremum(counts, means, alpha[which]))
    return best


def _supremum(counts: Array, mean: Array, alpha: Array) -> Array:
    """S: the largest log likelihood ratio over common rises; concave, so Newton's steps find it.

    NaN, and passed over, where a count is tried for weeks with a mean of 0.
    """
    size = alpha[:, None]
    total = counts.sum(axis=1)
    rise = np.log(total / mean.sum(axis=1))
    for _ in range(NEWTON_STEPS):
        raised = mean * np.exp(rise)[:, None]
        spread = 1 + size * raised
        slope = ((counts - raised) / spread).sum(axis=1)
        curve = (raised * (1 + size * counts) / spread**2).sum(axis=1)
        change = np.clip(slope / curve, -1.0, 1.0)
        rise = rise + change
        if np.abs(change).max() < PRECISE:
            break
    return _ratio(counts, mean, alpha, rise)


def _ratio(counts: Array, mean: Array, alpha: Array, rise: Array) -> Array:
    raised = mean * np.exp(rise)[:, None]
    size = alpha[:, None]
    poisson = alpha <= 0
    tiny = np.where(poisson, 1.0, alpha)[:, None]
    part = (counts + 1 / tiny) * (np.log1p(size * mean) - np.log1p(size * raised))
    plain = mean - raised
    terms = np.where(poisson[:, None], plain, part)
    ratio: Array = rise * counts.sum(axis=1) + terms.sum(axis=1)
    return ratio


def rossi(observed: Array, mean: Array, *, k: float = 1.04, h: float = 2.26) -> Chart:
    """The CUSUM of Poisson counts after Rossi's transformation; S x N; does not begin anew."""
    with np.errstate(all="ignore"):
        standard = (observed - 3 * mean + 2 * np.sqrt(observed * mean)) / (2 * np.sqrt(mean))
    statistic = np.zeros_like(observed)
    standing = np.zeros(len(observed))
    for week in range(observed.shape[1]):
        standing = np.maximum(0.0, standing + standard[:, week] - k)
        statistic[:, week] = standing
    return Chart(statistic, statistic >= h, np.full_like(observed, np.nan))
