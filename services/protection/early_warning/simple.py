"""Bayes and RKI: a week against some weeks of the past, as R `surveillance` 1.20 has them.

Höhle 2007, Comput Stat 22:571, section 3. R counts years as 52 weeks here; so do we for numbered
weeks, while dated weeks go by the calendar.
"""

from collections.abc import Sequence

import numpy as np

from services.protection.early_warning.arrays import Array
from services.protection.early_warning.counting import quantile
from services.protection.early_warning.counts import Counts
from services.protection.early_warning.scores import Scores, State
from services.protection.early_warning.windows import back, gathered, same_season

# Upper 95 % confidence limits of a Poisson mean by a count of 0 … 20: Crow, Gardner 1959,
# Biometrika 46:441.
# fmt: off
CROW_GARDNER = np.array([
    3.285, 5.323, 6.686, 8.102, 9.598, 11.177, 12.817, 13.765, 14.921, 16.768, 17.633,
    19.050, 20.335, 21.364, 22.945, 23.762, 25.400, 26.306, 27.735, 28.966, 30.017,
])
# fmt: on
MANY = 20
JEFFREYS = 0.5


def bayes(
    counts: Counts,
    weeks: Sequence[int],
    *,
    alpha: float = 0.05,
    years: int = 5,
    half_window: int = 3,
    recent: bool = True,
) -> Scores:
    """A quantile of the predictive distribution after Jeffreys' prior (Riebler 2004).

    Baseline: the `half_window` (R: w) weeks before, if `recent` (R: actY), and the windows of
    `years` (R: b). With an exposure, cases per exposure. NO_HISTORY: the table begins too late.
    """
    cases, exposed, full = _past(counts, weeks, years, half_window, recent)
    now = counts.exposed()[:, list(weeks)]
    size, there = cases.sum(axis=2) + JEFFREYS, full & (now > 0)
    scores = Scores.empty(len(counts.streams), len(weeks))
    with np.errstate(all="ignore"):
        # as a size and a probability of the negative binomial: total / (total + now)
        dispersion = 1 + now / exposed.sum(axis=2)
        mean = size * (dispersion - 1)
    scores.expected[there] = mean[there]
    scores.upper[there] = quantile(1 - alpha, mean[there], dispersion[there])
    return _judged(scores, counts, weeks, there)


def rki(
    counts: Counts,
    weeks: Sequence[int],
    *,
    years: int = 5,
    half_window: int = 3,
    recent: bool = True,
) -> Scores:
    """The limit of the Robert Koch Institute: a Poisson mean's upper limit, 2 sd above a mean > 20.

    Baseline as for `bayes`; with an exposure, past counts at this week's.
    """
    cases, exposed, full = _past(counts, weeks, years, half_window, recent)
    now = counts.exposed()[:, list(weeks), None]
    with np.errstate(all="ignore"):
        values = cases if counts.exposure is None else cases / exposed * now
    values = np.where(exposed > 0, values, np.nan)
    there = full & (now[:, :, 0] > 0)
    scores = Scores.empty(len(counts.streams), len(weeks))
    some = values[there]
    mean, deviation = np.nanmean(some, axis=1), np.nanstd(some, axis=1, ddof=1)
    low = CROW_GARDNER[np.minimum(np.floor(mean), MANY).astype(int)]
    scores.expected[there] = mean
    scores.upper[there] = np.where(mean > MANY, mean + 2 * deviation, low)
    return _judged(scores, counts, weeks, there)


def _past(
    counts: Counts, weeks: Sequence[int], years: int, half_window: int, recent: bool
) -> tuple[Array, Array, Array]:
    """Cases and exposure of the baseline, S x N x m, and S x N: whether all of it is there."""
    places = [same_season(counts, weeks, years, half_window)]
    if recent:
        places.insert(0, back(weeks, 1, half_window))
    at = np.hstack(places)
    cases, exposed = gathered(counts, at)
    born = ~np.isnan(counts.observed)[:, np.maximum(at, 0)] & (at >= 0)
    return cases, exposed, born.all(axis=2) & ((exposed > 0).sum(axis=2) > 1)


def _judged(scores: Scores, counts: Counts, weeks: Sequence[int], there: Array) -> Scores:
    observed = counts.observed[:, list(weeks)]
    scores.state[there] = State.SCORED
    scores.alarm[there] = observed[there] > scores.upper[there]
    return scores
