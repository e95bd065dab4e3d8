"""The combined detector: this week's evidence on Farrington Flexible's model, with last week's.

An outbreak lasts two or three weeks: what was unlikely last week makes less suffice now. Evidence
is -log10 of the probability of as many cases; last week's is halved where a count is likely
(mid-p), weighs `CARRY` and no more than `CEILING`, so that one large week does not alarm for two.
The three numbers were found on calibration seeds (docs/early-warning.md) and are frozen.
"""

from collections.abc import Sequence

import numpy as np

from services.protection.early_warning.arrays import Array
from services.protection.early_warning.counting import quantile, tail
from services.protection.early_warning.counts import Counts
from services.protection.early_warning.farrington import predict_flexible
from services.protection.early_warning.options import Options
from services.protection.early_warning.regression import Prediction
from services.protection.early_warning.scores import Scores, State

CARRY, CEILING = 0.7, 2.0
# 0.55 % of weeks without an outbreak passed it on the calibration seed.
THRESHOLD = 2.87
SMALLEST = 1e-300


def combined(counts: Counts, weeks: Sequence[int], options: Options) -> Scores:
    """Score these places of the table (0 is its first week) for all streams.

    Options are those of Farrington Flexible's model; `alpha` and `threshold` are not used, since
    the limit is the detector's own. NO_HISTORY where R has no model.
    """
    scores = Scores.empty(len(counts.streams), len(weeks))
    models = _models(counts, weeks, options)
    for column, week in enumerate(weeks):
        model = models[week]
        if model is None:
            continue
        needed = THRESHOLD - CARRY * carried(counts, week - 1, models.get(week - 1))
        there = model.result & counts.at_risk[:, week]
        mean = np.exp(model.linear[there])
        upper = quantile(1 - 10 ** -needed[there], mean, model.dispersion[there])
        scores.expected[there, column], scores.upper[there, column] = mean, upper
        scores.alarm[there, column] = counts.observed[there, week] > upper
        scores.state[there, column] = np.where(np.isnan(upper), State.NO_HISTORY, State.SCORED)
    return scores


def _models(counts: Counts, weeks: Sequence[int], options: Options) -> dict[int, Prediction | None]:
    wanted = sorted({week - back for week in weeks for back in (0, 1) if week >= back})
    return {week: predict_flexible(counts, week, options) for week in wanted}


def evidence(counts: Counts, week: int, model: Prediction) -> Array:
    """S: -log10 of the probability of at least as many cases, 0 where there is no model."""
    return _logarithm(counts, week, model, middle=False)


def carried(counts: Counts, week: int, model: Prediction | None) -> Array:
    """S: what a week hands on to the next one."""
    if model is None:
        return np.zeros(len(counts.streams))
    return np.minimum(_logarithm(counts, week, model, middle=True), CEILING)


def _logarithm(counts: Counts, week: int, model: Prediction, *, middle: bool) -> Array:
    there = model.result & counts.at_risk[:, week]
    mean, dispersion = np.exp(model.linear[there]), model.dispersion[there]
    observed = counts.observed[there, week]
    chance = tail(observed, mean, dispersion)
    if middle:
        chance = (chance + tail(observed + 1, mean, dispersion)) / 2
    found = np.zeros(len(counts.streams))
    found[there] = -np.log10(np.maximum(chance, SMALLEST))
    return found
