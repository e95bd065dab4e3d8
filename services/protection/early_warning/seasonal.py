"""The in-control model of the control charts: seasonal negative binomial regression, all streams.

Log mean = level + one or more yearly harmonics (+ trend) (+ log exposure), fitted to the weeks
before the chart as R does it: `glm` for Poisson; for the negative binomial (variance m + a·m²) the
maximum that MASS `glm.nb` goes to (Venables, Ripley 2002, 7.4).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.protection.early_warning.arrays import Array
from services.protection.early_warning.counts import Counts
from services.protection.early_warning.problem import START, of_counts
from services.protection.early_warning.quasipoisson import MOST_STEPS, SMALLEST_MEAN, STOP

FEWEST_WEEKS = 26
PRECISE = 1e-6
MOST_TURNS = 60
SMALLEST_FACTOR, LARGEST_FACTOR = 0.25, 8.0
# A dispersion that no data can tell from Poisson.
LARGEST_THETA = 1e6


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

    def mean(self, coefficients: Array) -> Array:
        linear: Array = coefficients @ self.design.T
        linear += self.offset
        np.exp(linear, out=linear)
        return np.maximum(linear, SMALLEST_MEAN, out=linear)


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
    """Coefficients after the steps that R's glm takes (see `quasipoisson`)."""
    logarithms = of_counts(part.counts, lambda counts: np.log(counts + START))
    start = part.counts + START
    worked = logarithms - START / start - part.offset
    coefficients = _least_squares(part, part.prior * start, worked)
    own = of_counts(part.counts, lambda counts: counts * np.log(np.maximum(counts, 1.0)))
    deviance = 2 * (part.prior * (own - part.counts * logarithms + START)).sum(axis=1)
    fixed = 2 * (part.prior * (own - part.counts * (1 + part.offset))).sum(axis=1)
    cross = 2 * (part.prior * part.counts) @ part.design
    active = np.arange(len(coefficients))
    for _ in range(MOST_STEPS - 1):
        some = part.take(active)
        mean = some.mean(coefficients[active])
        new = fixed[active] + 2 * (some.prior * mean).sum(axis=1)
        new -= (cross[active] * coefficients[active]).sum(axis=1)
        going = np.abs(new - deviance) / (np.abs(new) + 0.1) >= STOP
        active, deviance = active[going], new[going]
        if not len(active):
            break
        some, mean = some.take(going), mean[going]
        coefficients[active] += _change(some, some.prior * mean, mean)
    return coefficients


def _negative(part: _Part, coefficients: Array) -> tuple[Array, Array]:
    """Coefficients and theta where the likelihood is largest: a step of each by turns."""
    tails = _tails(part)
    mean = part.mean(coefficients)
    there = part.prior > 0
    theta = there.sum(axis=1) / (there * (part.counts / mean - 1) ** 2).sum(axis=1)
    active = np.arange(len(theta))
    for _ in range(MOST_TURNS):
        some, size = part.take(active), theta[active]
        mean = some.mean(coefficients[active])
        change = _change(some, some.prior * mean / (1 + mean / size[:, None]), mean)
        coefficients[active] += change
        mean *= np.exp(change @ part.design.T)
        theta[active] = np.minimum(_step_of_theta(some, mean, size, tails[active]), LARGEST_THETA)
        moved = np.abs(theta[active] / size - 1) > PRECISE
        moved |= np.abs(change).max(axis=1) > PRECISE
        active = active[moved & (theta[active] < LARGEST_THETA)]
        if not len(active):
            break
    return coefficients, theta


def _change(part: _Part, weights: Array, mean: Array) -> Array:
    """What a step of Fisher scoring adds to the coefficients."""
    return _least_squares(part, weights, (part.counts - mean) / mean)


def _least_squares(part: _Part, weights: Array, worked: Array) -> Array:
    design, many = part.design, part.design.shape[1]
    pairs = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)
    matrix = (weights @ pairs).reshape(-1, many, many)
    right = (weights * worked) @ design
    solved: Array = np.linalg.solve(matrix, right[:, :, None])[:, :, 0]
    return solved


def _tails(part: _Part) -> Array:
    """S x largest count: how many weeks have more than 0, 1, 2 … cases."""
    counts = np.where(part.prior > 0, part.counts, 0).astype(int)
    largest = int(counts.max(initial=0))
    rows = np.arange(len(counts))[:, None] * (largest + 1)
    found = np.bincount((rows + counts).ravel(), minlength=len(counts) * (largest + 1))
    at_least = found.reshape(len(counts), -1)[:, ::-1].cumsum(axis=1)[:, ::-1]
    tails: Array = at_least[:, 1:].astype(float)
    return tails


def _step_of_theta(part: _Part, mean: Array, theta: Array, tails: Array) -> Array:
    """One of Newton's steps on the likelihood; differences of digamma are sums over the tails."""
    size, there = theta[:, None], part.prior > 0
    inverse = 1 / (size + np.arange(tails.shape[1]))
    per = 1 / (mean + size)
    more = (part.counts + size) * per
    score = (tails * inverse).sum(axis=1) + (there * (np.log(size * per) + 1 - more)).sum(axis=1)
    curve = there * (1 / size - 2 * per + more * per)
    information = (tails * inverse**2).sum(axis=1) - curve.sum(axis=1)
    # where the likelihood is not concave: on, by its slope
    change = np.where(information > 0, score / information, np.sign(score) * theta)
    stepped: Array = theta * np.clip(1 + change / theta, SMALLEST_FACTOR, LARGEST_FACTOR)
    return stepped
