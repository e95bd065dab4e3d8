"""Gamma-Poisson tail, for the sparsest: whether a count is too large for a badly known rate.

The rates of all streams are one gamma distribution, estimated from them (empirical Bayes: Clayton,
Kaldor 1987, Biometrics 43:671); what a stream has seen sharpens its own (DuMouchel 1999, Am Stat
53:177). A count is judged by the predictive distribution: negative binomial, with what weeks vary
more than Poisson on average added to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.protection.early_warning.arrays import Array
from services.protection.early_warning.counting import quantile
from services.protection.early_warning.counts import Counts
from services.protection.early_warning.options import Options
from services.protection.early_warning.scores import Scores, State
from services.protection.early_warning.weeks import WEEKS_A_YEAR

# Jeffreys' prior of a Poisson rate, where there is one stream only.
SHAPE_ALONE = 0.5
FEWEST_STREAMS = 3
# A pooled rate is worth no more than this many cases of one's own.
STRONGEST_SHAPE = 50.0


@dataclass(frozen=True, eq=False)
class Predictive:
    """S each: mean and dispersion (variance / mean) of this week's count; NaN: nothing is known."""

    mean: Array
    dispersion: Array


def gamma_poisson(counts: Counts, weeks: Sequence[int], options: Options) -> Scores:
    """Score these places of the table for all streams.

    Options: `alpha`; of the past, `years` but for `past_weeks_not_included`, which are taken, too,
    if the stream has no others. NO_HISTORY: no week before, and no other streams.
    """
    scores = Scores.empty(len(counts.streams), len(weeks))
    for column, week in enumerate(weeks):
        found = predictive(counts, week, options)
        there = np.isfinite(found.mean) & counts.at_risk[:, week]
        upper = quantile(1 - options.alpha, found.mean[there], found.dispersion[there])
        scores.expected[there, column], scores.upper[there, column] = found.mean[there], upper
        scores.state[there, column] = State.SCORED
        scores.alarm[there, column] = counts.observed[there, week] > upper
        # nobody is exposed: nothing is expected, and nothing was seen
        idle = ~np.isnan(counts.observed[:, week]) & ~counts.at_risk[:, week]
        scores.expected[idle, column] = scores.upper[idle, column] = 0.0
        scores.state[idle, column] = State.SCORED
    return scores


def predictive(counts: Counts, week: int, options: Options) -> Predictive:
    """What is known of one week of all streams before it comes."""
    cases, exposed = _past(counts, week, options)
    total, time = cases.sum(axis=1), exposed.sum(axis=1)
    shape, rate = _prior(total, time)
    now = counts.exposed()[:, week]
    with np.errstate(all="ignore"):
        own = (shape + total) / (rate + time)
        weekly = own[:, None] * exposed
        excess = ((cases - weekly) ** 2).sum() / weekly.sum()
        dispersion = max(1.0, float(np.nan_to_num(excess, nan=1.0))) + now / (rate + time)
    return Predictive(np.where(rate + time > 0, own * now, np.nan), dispersion)


def _past(counts: Counts, week: int, options: Options) -> tuple[Array, Array]:
    first = max(0, week - options.years * WEEKS_A_YEAR - options.past_weeks_not_included)
    cases, exposed = counts.cases()[:, first:week], counts.exposed()[:, first:week].copy()
    older = max(0, week - options.past_weeks_not_included - first)
    has_older = (exposed[:, :older] > 0).any(axis=1)
    exposed[has_older, older:] = 0.0
    return np.where(exposed > 0, cases, 0.0), exposed


def _prior(total: Array, time: Array) -> tuple[float, float]:
    """Shape and rate of the gamma distribution of rates, by moments."""
    known = time > 0
    if known.sum() < FEWEST_STREAMS or total.sum() == 0:
        return SHAPE_ALONE, 0.0
    mean = total[known].sum() / time[known].sum()
    spread = ((total[known] - mean * time[known]) ** 2).sum() - mean * time[known].sum()
    variance = max(spread / (time[known] ** 2).sum(), mean**2 / STRONGEST_SHAPE)
    return float(mean**2 / variance), float(mean / variance)
