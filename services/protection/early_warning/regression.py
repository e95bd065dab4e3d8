"""What both Farrington methods do with a baseline: fit, re-weight, decide on the trend, predict."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from services.protection.early_warning.arrays import Array
from services.protection.early_warning.baseline import Baseline
from services.protection.early_warning.counts import Counts
from services.protection.early_warning.problem import Problem, of_counts
from services.protection.early_warning.quasipoisson import Fit, fit

FEWEST_YEARS_OF_A_TREND = 3


@dataclass(frozen=True)
class Rules:
    """Where the two methods differ.

    `reweight`: above which Anscombe residual a week loses weight (None: none does). `as_flexible`:
    R's farringtonFlexible takes the dispersion that errors are made of from the weights of the
    re-weighting, and lets it be below 1; R's farrington from the last step, 1 at least.
    """

    reweight: float | None
    trend: bool
    trend_threshold: float
    years: int
    as_flexible: bool


@dataclass(frozen=True, eq=False)
class Prediction:
    """S each: `linear` log mean of the scored week with its exposure, its standard `error`,
    `dispersion` (1 at least), `trend`: whether the slope was kept, `result`: whether R has one."""

    linear: Array
    error: Array
    dispersion: Array
    trend: Array
    result: Array


@dataclass(eq=False)
class _Model:
    """S re-weighted fits. `phi` is what R calls so, `judging` the dispersion of the slope's test,
    `predicting` that of the prediction's error."""

    fit: Fit
    phi: Array
    judging: Array
    predicting: Array
    result: Array

    def put(self, which: Array, other: "_Model") -> None:
        self.fit.put(which, other.fit)
        for name in ("phi", "judging", "predicting", "result"):
            getattr(self, name)[which] = getattr(other, name)


def predict(counts: Counts, week: int, baseline: Baseline, rules: Rules) -> Prediction:
    """The scored week of all streams; a stream without a result has numbers of no meaning."""
    problem = problem_of(counts, baseline)
    everyone = np.full(len(problem.counts), rules.trend)
    with np.errstate(all="ignore"):
        now = np.log(counts.exposed()[:, week])
        model = _model(problem, everyone, rules)
        flat = np.flatnonzero(model.fit.trend & ~_trend_holds(model, problem, rules, now))
        if len(flat):
            model.put(flat, _model(problem.take(flat), np.zeros(len(flat), dtype=bool), rules))
        design = problem.design
        linear = model.fit.linear_now(design) + now
        error = np.sqrt(model.predicting * model.fit.variance_now(design))
    result = model.result & np.isfinite(linear) & np.isfinite(error)
    return Prediction(linear, error, model.phi, model.fit.trend, result)


def problem_of(counts: Counts, baseline: Baseline) -> Problem:
    """The counts of a baseline; weeks that do not count have no weight."""
    places = baseline.places
    offset = None
    if counts.exposure is not None:
        exposed = counts.exposed()[:, places]
        offset = np.log(np.where(exposed > 0, exposed, 1.0))
    prior = counts.at_risk[:, places].astype(float)
    return Problem(baseline.design, counts.cases()[:, places], prior, offset)


def _model(problem: Problem, trend: Array, rules: Rules) -> _Model:
    first = fit(problem, trend)
    failed = np.flatnonzero(trend & ~first.converged)
    if len(failed):
        first.put(failed, fit(problem.take(failed), np.zeros(len(failed), dtype=bool)))
    result = first.free > 0
    if rules.as_flexible:
        result &= first.converged
    last, weighted = first, problem
    if rules.reweight is not None:
        phi = np.maximum(_dispersion(first, first.working, problem), 1.0)
        weights = _weights(first, problem, phi, rules.reweight)
        result &= ~np.isnan(weights).any(axis=1)
        weighted = problem.weighing(np.where(result[:, None], weights, problem.prior))
        last = fit(weighted, first.trend)
    dispersion = _dispersion(last, last.working, weighted)
    phi = np.maximum(dispersion, 1.0)
    if not rules.as_flexible:
        return _Model(last, phi, dispersion, phi.copy(), result)
    if rules.reweight is not None:
        dispersion = _dispersion(last, weighted.prior, weighted)
    return _Model(last, phi, dispersion, dispersion.copy(), result)


def _dispersion(fitted: Fit, weights: Array, problem: Problem) -> Array:
    residual = (problem.counts - fitted.mean) / fitted.mean
    dispersion: Array = (weights * residual**2).sum(axis=1) / fitted.free
    return dispersion


def _weights(fitted: Fit, problem: Problem, phi: Array, threshold: float) -> Array:
    """S x n: R's weights, by standardised Anscombe residuals (Farrington et al. 1996, 3.5)."""
    there = problem.prior > 0
    mean = fitted.mean
    root = np.sqrt(mean)
    power = of_counts(problem.counts, lambda counts: np.cbrt(counts) ** 2)
    residual = 1.5 * (power / np.cbrt(root) - root)
    residual /= np.sqrt(phi[:, None] * (1 - fitted.leverage(problem.design)))
    large = (residual > threshold) & there
    weight = np.where(large, residual**-2.0, 1.0)
    weight[np.isnan(residual) & there] = np.nan
    weight[~there] = 0.0
    weights: Array = weight * (there.sum(axis=1) / weight.sum(axis=1))[:, None]
    return weights


def _trend_holds(model: _Model, problem: Problem, rules: Rules, now: Array) -> Array:
    """S: whether the slope is kept: three years, significant, and no higher than what was seen."""
    fitted = model.fit
    statistic = np.abs(fitted.slope) / np.sqrt(model.judging / fitted.spread)
    significant = 2 * special.stdtr(fitted.free, -statistic) < rules.trend_threshold
    highest = np.where(problem.prior > 0, problem.counts, 0.0).max(axis=1)
    inside = np.exp(fitted.linear_now(problem.design) + now) <= highest
    holds: Array = significant & inside & (rules.years >= FEWEST_YEARS_OF_A_TREND)
    return holds
