"""The in-control model of the control charts: seasonal negative binomial regression, all streams.

Log mean = level + one or more yearly harmonics (+ trend) (+ log exposure), fitted to the weeks
before the chart as R does it: `glm` for Poisson, MASS `glm.nb` (Venables, Ripley 2002, 7.4) for the
negative binomial with variance m + a·m².
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.protection.early_warning.arrays import Array
from services.protection.early_warning.counts import Counts
from services.protection.early_warning.quasipoisson import MOST_STEPS, SMALLEST_MEAN, START, STOP

# How far MASS's theta.ml goes: the fourth root of the machine's precision.
THETA_STOP = float(np.finfo(float).eps) ** 0.25
OUTER_STOP = 1e-8
FEWEST_WEEKS = 26
# A dispersion that no data can tell from Poisson.
LARGEST_THETA = 1e8


@dataclass(frozen=True, eq=False)
class Seasonal:
    """`mean` S x N of the scored weeks, `alpha` S (variance m + alpha·m²), `fitted` S: whether the
    past was enough (26 weeks, and at least one case)."""

    mean: Array
    alpha: Array
    fitted: Array


@dataclass(eq=False)
class _Part:
    """Streams whose fit goes on: counts, prior weights and offset, S x n, and the design n x p."""

    counts: Array
    prior: Array
    offset: Array
    design: Array

    def take(self, which: Array) -> "_Part":
        return _Part(self.counts[which], self.prior[which], self.offset[which], self.design)

    def linear(self, coefficients: Array) -> Array:
        linear: Array = coefficients @ self.design.T + self.offset
        return linear


def seasonal(
    counts: Counts,
    training: Sequence[int],
    weeks: Sequence[int],
    *,
    harmonics: int = 1,
    trend: bool = False,
    poisson: bool = False,
) -> Seasonal:
    """Fit to the places `training`, predict the places `weeks`."""
    past, ahead = list(training), list(weeks)
    design, future = (_design(counts, at, harmonics, trend) for at in (past, ahead))
    prior = counts.at_risk[:, past].astype(float)
    cases = counts.cases()[:, past]
    with np.errstate(all="ignore"):
        offsets = np.log(np.where(counts.exposed() > 0, counts.exposed(), 1.0))
    fitted = (prior.sum(axis=1) >= FEWEST_WEEKS) & (cases.sum(axis=1) > 0)
    which = np.flatnonzero(fitted)
    part = _Part(cases, prior, offsets[:, past], design).take(which)
    coefficients = np.zeros((len(cases), design.shape[1]))
    theta = np.full(len(cases), np.inf)
    with np.errstate(all="ignore"):
        coefficients[which] = _poisson(part)
        if not poisson:
            coefficients[which], theta[which] = _negative(part, coefficients[which])
        mean = np.exp(coefficients @ future.T + offsets[:, ahead])
    mean = np.where(counts.exposed()[:, ahead] > 0, mean, 0.0)
    return Seasonal(mean, 1 / theta, fitted & np.isfinite(mean).all(axis=1))


def _design(counts: Counts, places: list[int], harmonics: int, trend: bool) -> Array:
    season = np.array([counts.weeks.season(week + 1) for week in places])
    angles = [2 * np.pi * (order + 1) * season for order in range(harmonics)]
    columns = [np.ones(len(places))]
    if trend:
        columns.append(np.asarray(places) / max(1, len(counts.weeks)))
    for angle in angles:
        columns += [np.cos(angle), np.sin(angle)]
    return np.column_stack(columns)


def _poisson(part: _Part) -> Array:
    mean = part.counts + START
    worked = np.log(mean) - START / mean - part.offset
    coefficients = _least_squares(part, part.prior * mean, worked)
    return _iterate(part, coefficients, np.full(len(part.counts), np.inf), _deviance(part, mean))


def _negative(part: _Part, coefficients: Array) -> tuple[Array, Array]:
    """glm.nb: theta and the coefficients by turns, until theta stands."""
    tails = _tails(part)
    theta = _theta(part, coefficients, tails)
    active = np.arange(len(theta))
    for _ in range(MOST_STEPS):
        some = part.take(active)
        start = coefficients[active]
        mean = np.maximum(np.exp(some.linear(start)), SMALLEST_MEAN)
        deviance = _deviance(some, mean, theta[active])
        first = _step(some, start, theta[active])
        coefficients[active] = _iterate(some, first, theta[active], deviance)
        new = _theta(some, coefficients[active], tails[active])
        moved = np.abs(new - theta[active]) > OUTER_STOP
        theta[active] = new
        active = active[moved & (new < LARGEST_THETA)]
        if not len(active):
            break
    return coefficients, theta


def _iterate(part: _Part, coefficients: Array, theta: Array, deviance: Array) -> Array:
    """Fisher scoring from after the first step, with glm's stop rule."""
    active = np.arange(len(coefficients))
    for _ in range(MOST_STEPS - 1):
        some = part.take(active)
        mean = np.maximum(np.exp(some.linear(coefficients[active])), SMALLEST_MEAN)
        new = _deviance(some, mean, theta[active])
        going = np.abs(new - deviance) / (np.abs(new) + 0.1) >= STOP
        active, deviance = active[going], new[going]
        if not len(active):
            break
        coefficients[active] = _step(some.take(going), coefficients[active], theta[active])
    return coefficients


def _step(part: _Part, coefficients: Array, theta: Array) -> Array:
    linear = part.linear(coefficients)
    mean = np.maximum(np.exp(linear), SMALLEST_MEAN)
    weights = part.prior * mean / (1 + mean / theta[:, None])
    return _least_squares(part, weights, linear - part.offset + (part.counts - mean) / mean)


def _least_squares(part: _Part, weights: Array, worked: Array) -> Array:
    design, many = part.design, part.design.shape[1]
    pairs = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)
    matrix = (weights @ pairs).reshape(-1, many, many)
    right = (weights * worked) @ design
    solved: Array = np.linalg.solve(matrix, right[:, :, None])[:, :, 0]
    return solved


def _deviance(part: _Part, mean: Array, theta: Array | None = None) -> Array:
    counts = part.counts
    terms = counts * np.log(np.maximum(counts, 1.0) / mean)
    if theta is None or np.isinf(theta).all():
        terms -= counts - mean
    else:
        size = theta[:, None]
        terms -= (counts + size) * np.log1p((counts - mean) / (mean + size))
    deviance: Array = 2 * (part.prior * terms).sum(axis=1)
    return deviance


def _tails(part: _Part) -> Array:
    """S x largest count: how many weeks have more than 0, 1, 2 … cases."""
    counts = np.where(part.prior > 0, part.counts, 0).astype(int)
    largest = int(counts.max(initial=0))
    rows = np.arange(len(counts))[:, None] * (largest + 1)
    found = np.bincount((rows + counts).ravel(), minlength=len(counts) * (largest + 1))
    at_least = found.reshape(len(counts), -1)[:, ::-1].cumsum(axis=1)[:, ::-1]
    tails: Array = at_least[:, 1:].astype(float)
    return tails


def _theta(part: _Part, coefficients: Array, tails: Array) -> Array:
    """MASS theta.ml: Newton's steps on the likelihood, from the moment estimate."""
    mean = np.maximum(np.exp(part.linear(coefficients)), SMALLEST_MEAN)
    there = part.prior > 0
    many = there.sum(axis=1)
    theta = many / (there * (part.counts / mean - 1) ** 2).sum(axis=1)
    above = np.arange(tails.shape[1])
    active = np.arange(len(theta))
    for _ in range(MOST_STEPS):
        size = np.abs(theta[active])
        score, information = _slopes(part.take(active), mean[active], size, tails[active], above)
        change = np.where(np.isfinite(score / information), score / information, 0.0)
        theta[active] = size + change
        active = active[np.abs(change) > THETA_STOP]
        if not len(active):
            break
    kept: Array = np.clip(theta, 1e-8, LARGEST_THETA)
    return kept


def _slopes(
    part: _Part, mean: Array, theta: Array, tails: Array, above: Array
) -> tuple[Array, Array]:
    """The score and the information of theta; differences of digamma are sums over the tails."""
    size, there = theta[:, None], part.prior > 0
    inverse = 1 / (size + above)
    both = mean + size
    more = there * (part.counts + size) / both
    score = (tails * inverse).sum(axis=1) + (there * (np.log(size / both) + 1) - more).sum(axis=1)
    information = (tails * inverse**2).sum(axis=1) - (
        there * (1 / size - 2 / both) + more / both
    ).sum(axis=1)
    return score, information
