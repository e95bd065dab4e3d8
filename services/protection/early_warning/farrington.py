"""Farrington Flexible (Noufaily et al. 2013, Stat Med 32:1206) and the original (Farrington et al.
1996, JRSS A 159:547), equal to R `surveillance` 1.20's `farringtonFlexible` and `farrington`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from services.protection.early_warning import baseline
from services.protection.early_warning.arrays import Array
from services.protection.early_warning.counting import quantile
from services.protection.early_warning.counts import Counts
from services.protection.early_warning.options import Options
from services.protection.early_warning.quasipoisson import SMALLEST_MEAN
from services.protection.early_warning.regression import Prediction, Rules, predict
from services.protection.early_warning.scores import Scores, State

EXPONENTS = {"none": 1.0, "1/2": 1 / 2, "2/3": 2 / 3}
# The original looks at residuals and at the slope with limits that no option of R changes.
ORIGINAL_REWEIGHT = 1.0
ORIGINAL_TREND = 0.05


@dataclass(frozen=True, eq=False)
class Bounds:
    """S each: expected count, upper limit, and the centre that R's score is counted from."""

    expected: Array
    upper: Array
    centre: Array


def farrington_flexible(counts: Counts, weeks: Sequence[int], options: Options) -> Scores:
    """Score these places of the table (0 is its first week) for all streams.

    Upper limit: a quantile of the negative binomial with the fitted mean and dispersion
    (`nbPlugin`), of that with the mean's own upper quantile (`muan`), or of the transformed normal
    (`delta`). What R gives no answer to is NO_HISTORY here: `gamma_poisson` may fill it.
    """
    rules = Rules(options.reweight, options.trend, options.trend_threshold, options.years, True)
    scores = Scores.empty(len(counts.streams), len(weeks))
    for column, week in enumerate(weeks):
        prediction = predict_flexible(counts, week, options, rules)
        if prediction is not None:
            _write(
                scores,
                column,
                counts,
                week,
                prediction,
                _flexible_bounds(prediction, options),
                options,
            )
    return scores


def predict_flexible(
    counts: Counts, week: int, options: Options, rules: Rules | None = None
) -> Prediction | None:
    """Farrington Flexible's mean and dispersion of one week; None: the table is too short."""
    rules = rules or Rules(
        options.reweight, options.trend, options.trend_threshold, options.years, True
    )
    try:
        past = baseline.flexible(
            counts.weeks,
            week,
            options.years,
            options.half_window,
            options.past_weeks_not_included,
            options.season_levels,
        )
    except baseline.TooShort:
        return None
    return predict(counts, week, past, rules)


def farrington(counts: Counts, weeks: Sequence[int], options: Options) -> Scores:
    """Score these places of the table by the original method; see `farrington_flexible`.

    R takes alpha / 2 on each side. Of the options only `alpha`, `years`, `half_window`, `trend`,
    `limit`, `transformation` and whether to `reweight` at all are used: the rest is fixed there.
    """
    reweight = None if options.reweight is None else ORIGINAL_REWEIGHT
    rules = Rules(reweight, options.trend, ORIGINAL_TREND, options.years, False)
    scores = Scores.empty(len(counts.streams), len(weeks))
    for column, week in enumerate(weeks):
        try:
            past = baseline.original(counts.weeks, week, options.years, options.half_window)
        except baseline.TooShort:
            continue
        prediction = predict(counts, week, past, rules)
        bounds = _transformed(prediction, options.alpha / 2, options)
        _write(scores, column, counts, week, prediction, bounds, options)
    return scores


def _flexible_bounds(prediction: Prediction, options: Options) -> Bounds:
    if options.threshold == "delta":
        return _transformed(prediction, options.alpha, options)
    linear = prediction.linear
    if options.threshold == "muan":
        linear = linear + special.ndtri(1 - options.alpha) * prediction.error
    with np.errstate(over="ignore"):
        upper = quantile(1 - options.alpha, np.exp(linear), prediction.dispersion)
        expected = np.exp(prediction.linear)
    # R measures the distance from the logarithm of the mean here
    return Bounds(expected, upper, prediction.linear)


def _transformed(prediction: Prediction, alpha: float, options: Options) -> Bounds:
    """Limits of the counts to a power, taken as normal (Farrington et al. 1996, section 3.6)."""
    exponent = EXPONENTS[options.transformation]
    with np.errstate(all="ignore"):
        mean = np.maximum(np.exp(prediction.linear), SMALLEST_MEAN)
        tau = prediction.dispersion + prediction.error**2 * mean
        deviation = np.sqrt(exponent**2 * mean ** (2 * exponent - 1) * tau)
        away = special.ndtri(1 - alpha) * deviation
        upper = (mean**exponent + away) ** (1 / exponent)
    return Bounds(mean, upper, mean)


def _write(
    scores: Scores,
    column: int,
    counts: Counts,
    week: int,
    prediction: Prediction,
    bounds: Bounds,
    options: Options,
) -> None:
    observed = counts.observed[:, week]
    there = prediction.result & np.isfinite(bounds.upper) & counts.at_risk[:, week]
    with np.errstate(all="ignore"):
        over = (observed - bounds.centre) / (bounds.upper - bounds.centre) > 1
    cases, span = options.limit
    recent = counts.cases()[:, max(0, week - span + 1) : week + 1].sum(axis=1)
    enough = recent >= cases
    scores.expected[there, column] = bounds.expected[there]
    scores.upper[there, column] = bounds.upper[there]
    scores.alarm[:, column] = there & enough & over & (observed != 0)
    scores.state[there, column] = np.where(enough[there], State.SCORED, State.BELOW_LIMIT)
