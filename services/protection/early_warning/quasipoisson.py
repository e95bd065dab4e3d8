"""Quasi-Poisson regression with log link for many streams at once, step by step as R's `glm` does.

McCullagh, Nelder, Generalized Linear Models (1989), ch. 9, by iteratively re-weighted least
squares. All streams share the weeks and their seasonal levels, so the normal equations are those
of group means and one slope within groups, and need no matrix to be solved.

A better converged fit would differ from R's: it starts at y + 0.1, stops when the deviance changes
by less than 1e-8 of itself, gives up after 25 steps, and takes the covariance and the dispersion
with the weights that the last step began with.
"""

from dataclasses import dataclass

import numpy as np

from services.protection.early_warning.arrays import Array
from services.protection.early_warning.problem import START, Design, Problem

STOP = 1e-8
MOST_STEPS = 25
SMALLEST_MEAN = float(np.finfo(float).eps)
SMALLEST_LOGARITHM = float(np.log(SMALLEST_MEAN)) + 1


@dataclass(eq=False)
class Fit:
    """What came of S fits. `intercepts` S x levels, `slope` S (0 without trend), `mean` S x n.

    `working` S x n are the weights of the last step; by them, `level_weight` S x levels are the
    sums of each level, `level_time` S x levels its mean time, and `spread` S the squared distances
    of times from it. `free` S: degrees of freedom. `trend`, `converged` S: flags.
    """

    intercepts: Array
    slope: Array
    mean: Array
    working: Array
    level_weight: Array
    level_time: Array
    spread: Array
    free: Array
    trend: Array
    converged: Array

    def put(self, which: Array, other: "Fit") -> None:
        """Replace the fits of some streams."""
        for name, value in vars(self).items():
            value[which] = getattr(other, name)

    def leverage(self, design: Design) -> Array:
        """S x n: the diagonal of the hat matrix of the last step."""
        away = design.times - self.level_time[:, design.levels]
        own = 1 / self.level_weight[:, design.levels]
        along = np.where(self.trend, 1 / self.spread, 0.0)[:, None] * away**2
        hat: Array = self.working * (own + along)
        return hat

    def variance_now(self, design: Design) -> Array:
        """S: the variance of the linear predictor of the scored week, before the dispersion."""
        level = design.current_level
        away = design.now - self.level_time[:, level]
        along = np.where(self.trend, away**2 / self.spread, 0.0)
        variance: Array = 1 / self.level_weight[:, level] + along
        return variance

    def linear_now(self, design: Design) -> Array:
        """S: the linear predictor of the scored week, without its exposure."""
        linear: Array = self.intercepts[:, design.current_level] + self.slope * design.now
        return linear


def fit(problem: Problem, trend: Array) -> Fit:
    """Fit every stream: log mean = level of the season (+ slope · time, where `trend`) (+ offset).

    Never raises: what does not converge in 25 steps is marked so, as is a stream without weeks.
    """
    with np.errstate(all="ignore"):
        return _Steps(problem, trend).run()


class _Steps:
    """The iterations. Sums by level are all that they need; a mean is taken apart into its level
    and its trend, so that exponentials are of S x levels numbers, not of S x n."""

    def __init__(self, problem: Problem, trend: Array) -> None:
        self.problem, self.trend = problem, trend
        self.design = problem.design
        self.sums = self.design.sums()
        many, levels = len(problem.counts), self.design.many_levels
        self.present = (problem.prior > 0) @ self.sums[:, :levels]
        self.exposed = problem.at_risk()
        self.flat = self.exposed @ self.sums
        weighted = problem.prior * problem.counts
        self.fixed = weighted @ self.sums[:, : 2 * levels]
        self.own = (problem.prior * problem.own_deviance).sum(axis=1)
        if problem.offset is not None:
            self.own -= (weighted * problem.offset).sum(axis=1)
        self.last: Array = np.zeros((many, levels + 1))
        self.coefficients: Array = np.zeros((many, levels + 1))
        self.steps = np.zeros(many, dtype=int)
        self.converged = np.zeros(many, dtype=bool)

    def run(self) -> Fit:
        active = np.flatnonzero(self.present.any(axis=1))
        deviance = self._start(active)
        for step in range(1, MOST_STEPS + 1):
            self.steps[active] = step
            new, sums = self._deviance(active)
            if step > 1 and not np.isfinite(new).all():
                self._halve(active[~np.isfinite(new)])
                new, sums = self._deviance(active)
            lost = ~np.isfinite(new)
            still = (np.abs(new - deviance) / (np.abs(new) + 0.1) >= STOP) & ~lost
            self.converged[active] = ~still & ~lost
            active, deviance, sums = active[still], new[still], sums[still]
            if not len(active) or step == MOST_STEPS:
                break
            self._step(active, sums)
        return self._result()

    def _start(self, active: Array) -> Array:
        problem = self.problem
        if len(active) < len(problem.counts):
            problem = problem.take(active)
        weights = problem.prior * (problem.counts + START)
        worked = (
            problem.logarithms if problem.offset is None else problem.logarithms - problem.offset
        )
        right = (weights * worked - START * problem.prior) @ self.sums
        self.coefficients[active] = self._solve(active, weights @ self.sums, right)
        terms = problem.own_deviance - problem.counts * problem.logarithms + START
        deviance: Array = 2 * (problem.prior * terms).sum(axis=1)
        return deviance

    def _solve(self, active: Array, weights: Array, right: Array) -> Array:
        """Coefficients of weighted least squares from the sums of weights and of w·z."""
        levels = self.design.many_levels
        total, moment = weights[:, :levels], weights[:, levels : 2 * levels]
        there = total > 0
        middle = np.divide(moment, total, out=np.zeros_like(total), where=there)
        own = np.divide(right[:, :levels], total, out=np.zeros_like(total), where=there)
        spread = (weights[:, 2 * levels :] - middle * moment).sum(axis=1)
        along = right[:, levels : 2 * levels].sum(axis=1) - (middle * right[:, :levels]).sum(axis=1)
        sloping = self.trend[active] & (spread > 0)
        slope = np.divide(along, spread, out=np.zeros(len(weights)), where=sloping)
        return np.hstack([own - slope[:, None] * middle, slope[:, None]])

    def _weights(self, active: Array) -> Array:
        """Sums of the weights (prior · mean) at the coefficients."""
        levels = self.design.many_levels
        coefficients = self.coefficients[active]
        sums = self.flat[active]
        sloping = np.flatnonzero(coefficients[:, -1])
        if len(sloping):
            rise = self.design.rise(coefficients[sloping, -1])
            rise *= self.exposed[active[sloping]]
            sums[sloping] = rise @ self.sums
        height = np.exp(coefficients[:, :levels])
        sums *= np.hstack([height, height, height])
        return sums

    def _deviance(self, active: Array) -> tuple[Array, Array]:
        """The deviance at the coefficients, and the sums of the weights there."""
        levels = self.design.many_levels
        coefficients, fixed = self.coefficients[active], self.fixed[active]
        sums = self._weights(active)
        cross = (fixed[:, :levels] * coefficients[:, :levels]).sum(axis=1)
        cross += coefficients[:, -1] * fixed[:, levels:].sum(axis=1)
        total = fixed[:, :levels].sum(axis=1) - sums[:, :levels].sum(axis=1)
        deviance = 2 * (self.own[active] - cross - total)
        reach = np.abs(coefficients[:, -1:]) * self.design.farthest()
        small = np.flatnonzero((coefficients[:, :levels] - reach < SMALLEST_LOGARITHM).any(axis=1))
        if len(small):
            deviance[small], sums[small] = self._of_smallest(active[small])
        return deviance, sums

    def _of_smallest(self, active: Array) -> tuple[Array, Array]:
        """The same where a mean may be smaller than R lets it be: week by week."""
        part = self.problem.take(active)
        coefficients = self.coefficients[active]
        linear = coefficients[:, self.design.levels] + coefficients[:, -1:] * self.design.times
        if part.offset is not None:
            linear += part.offset
        mean = np.maximum(np.exp(linear), SMALLEST_MEAN)
        terms = part.own_deviance - part.counts * np.log(mean) - part.counts + mean
        return 2 * (part.prior * terms).sum(axis=1), (part.prior * mean) @ self.sums

    def _halve(self, wrong: Array) -> None:
        """Go back half of the way, again and again, where a step went too far."""
        for _ in range(MOST_STEPS):
            self.coefficients[wrong] = (self.coefficients[wrong] + self.last[wrong]) / 2
            wrong = wrong[~np.isfinite(self._deviance(wrong)[0])]
            if not len(wrong):
                break

    def _step(self, active: Array, sums: Array) -> None:
        self.last[active] = self.coefficients[active]
        right = self.fixed[active] - sums[:, : self.fixed.shape[1]]
        self.coefficients[active] += self._solve(active, sums, right)

    def _mean(self, coefficients: Array) -> Array:
        linear: Array = coefficients[:, self.design.levels]
        sloping = np.flatnonzero(coefficients[:, -1])
        linear[sloping] += coefficients[sloping, -1:] * self.design.times
        if self.problem.offset is not None:
            linear += self.problem.offset
        np.exp(linear, out=linear)
        return np.maximum(linear, SMALLEST_MEAN, out=linear)

    def _result(self) -> Fit:
        problem, levels = self.problem, self.design.many_levels
        before = self._mean(self.last)
        first = self.steps <= 1
        before[first] = problem.counts[first] + START
        before *= problem.prior
        sums = before @ self.sums
        total, moment = sums[:, :levels], sums[:, levels : 2 * levels]
        middle = np.divide(moment, total, out=np.zeros_like(total), where=total > 0)
        rank = (self.present > 0).sum(axis=1) + self.trend
        return Fit(
            intercepts=self.coefficients[:, :levels],
            slope=self.coefficients[:, -1],
            mean=self._mean(self.coefficients),
            working=before,
            level_weight=total,
            level_time=middle,
            spread=(sums[:, 2 * levels :] - middle * moment).sum(axis=1),
            free=(problem.prior > 0).sum(axis=1) - rank,
            trend=self.trend.copy(),
            converged=self.converged,
        )
