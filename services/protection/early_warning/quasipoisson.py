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

START = 0.1
STOP = 1e-8
MOST_STEPS = 25
SMALLEST_MEAN = float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class Design:
    """n weeks of a baseline: `levels` n seasonal levels from 0, `times` n, `now` the scored one.

    Times are centred and scaled by `of`: the slope is per `scale` weeks.
    """

    levels: Array
    times: Array
    now: float
    many_levels: int
    current_level: int

    @classmethod
    def of(cls, weeks: Array, levels: Array, week: int, current_level: int) -> "Design":
        """`weeks`, `levels`: n each; `week`: the one to be judged, of the level `current_level`."""
        middle, scale = weeks.mean(), max(1.0, float(np.ptp(weeks)) / 2)
        times = (weeks - middle) / scale
        now = (week - middle) / scale
        return cls(levels, times, now, int(max(levels.max(), current_level)) + 1, current_level)

    def sums(self) -> Array:
        """n x (2·levels + 1): a product with it sums by level, times time by level, and time²."""
        rows = len(self.times)
        by_level = np.zeros((rows, self.many_levels))
        by_level[np.arange(rows), self.levels] = 1.0
        time = self.times[:, None]
        return np.hstack([by_level, by_level * time, time**2])


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


@dataclass(frozen=True, eq=False)
class Problem:
    """S x n counts, prior weights (0: left out) and logarithms of exposure (or None)."""

    design: Design
    counts: Array
    prior: Array
    offset: Array | None = None

    def take(self, which: Array) -> "Problem":
        """The problem of some streams."""
        offset = None if self.offset is None else self.offset[which]
        return Problem(self.design, self.counts[which], self.prior[which], offset)

    def weighing(self, prior: Array) -> "Problem":
        """The same counts with other weights."""
        return Problem(self.design, self.counts, prior, self.offset)


def fit(problem: Problem, trend: Array) -> Fit:
    """Fit every stream: log mean = level of the season (+ slope · time, where `trend`) (+ offset).

    Never raises: what does not converge in 25 steps is marked so, as is a stream without weeks.
    """
    with np.errstate(all="ignore"):
        return _Steps(problem, trend).run()


class _Steps:
    def __init__(self, problem: Problem, trend: Array) -> None:
        self.problem, self.trend = problem, trend
        self.design = problem.design
        self.sums = self.design.sums()
        many, levels = len(problem.counts), self.design.many_levels
        self.present = (problem.prior > 0) @ self.sums[:, :levels]
        self.last: Array = np.zeros((many, levels + 1))
        self.coefficients: Array = np.zeros((many, levels + 1))
        self.steps = np.zeros(many, dtype=int)
        self.converged = np.zeros(many, dtype=bool)

    def run(self) -> Fit:
        problem = self.problem
        active = np.flatnonzero(self.present.any(axis=1))
        weighted = problem.prior * problem.counts
        fixed = weighted @ self.sums[:, :-1]
        saturated = _saturated(problem)
        deviance = self._start(active)
        for step in range(1, MOST_STEPS + 1):
            self.steps[active] = step
            new, sums = self._deviance(active, fixed, saturated)
            if step > 1 and not np.isfinite(new).all():
                self._halve(active[~np.isfinite(new)], fixed, saturated)
                new, sums = self._deviance(active, fixed, saturated)
            lost = ~np.isfinite(new)
            still = (np.abs(new - deviance) / (np.abs(new) + 0.1) >= STOP) & ~lost
            self.converged[active] = ~still & ~lost
            active, deviance, sums = active[still], new[still], sums[still]
            if not len(active) or step == MOST_STEPS:
                break
            self._step(active, fixed, sums)
        return self._result()

    def _start(self, active: Array) -> Array:
        problem = self.problem.take(active)
        mean = problem.counts + START
        worked = np.log(mean) - START / mean
        if problem.offset is not None:
            worked = worked - problem.offset
        weights = problem.prior * mean
        self.coefficients[active] = self._solve(
            active, weights @ self.sums, (weights * worked) @ self.sums
        )
        ratio = np.where(problem.counts > 0, problem.counts / mean, 1.0)
        terms = problem.counts * np.log(ratio) + START
        deviance: Array = 2 * (problem.prior * terms).sum(axis=1)
        return deviance

    def _solve(self, active: Array, weights: Array, right: Array) -> Array:
        """Coefficients of weighted least squares from the sums of weights and of w·z."""
        levels = self.design.many_levels
        total, moment = weights[:, :levels], weights[:, levels : 2 * levels]
        there = total > 0
        middle = np.divide(moment, total, out=np.zeros_like(total), where=there)
        own = np.divide(right[:, :levels], total, out=np.zeros_like(total), where=there)
        spread = weights[:, -1] - (middle * moment).sum(axis=1)
        along = right[:, levels : 2 * levels].sum(axis=1) - (middle * right[:, :levels]).sum(axis=1)
        sloping = self.trend[active] & (spread > 0)
        slope = np.divide(along, spread, out=np.zeros(len(weights)), where=sloping)
        return np.hstack([own - slope[:, None] * middle, slope[:, None]])

    def _mean(self, active: Array, coefficients: Array) -> Array:
        design = self.design
        linear: Array = coefficients[:, design.levels]
        if coefficients[:, -1].any():
            linear += coefficients[:, -1:] * design.times
        if self.problem.offset is not None:
            linear += self.problem.offset[active]
        np.exp(linear, out=linear)
        return np.maximum(linear, SMALLEST_MEAN, out=linear)

    def _deviance(self, active: Array, fixed: Array, saturated: Array) -> tuple[Array, Array]:
        """The deviance at the coefficients, and the sums of the weights there."""
        levels = self.design.many_levels
        coefficients = self.coefficients[active]
        weights = self._mean(active, coefficients)
        weights *= self.problem.prior[active]
        sums = weights @ self.sums
        cross = (fixed[active, :levels] * coefficients[:, :levels]).sum(axis=1)
        cross += coefficients[:, -1] * fixed[active, levels:].sum(axis=1)
        total = fixed[active, :levels].sum(axis=1) - sums[:, :levels].sum(axis=1)
        return 2 * (saturated[active] - cross - total), sums

    def _halve(self, wrong: Array, fixed: Array, saturated: Array) -> None:
        """Go back half of the way, again and again, where a step went too far."""
        for _ in range(MOST_STEPS):
            self.coefficients[wrong] = (self.coefficients[wrong] + self.last[wrong]) / 2
            wrong = wrong[~np.isfinite(self._deviance(wrong, fixed, saturated)[0])]
            if not len(wrong):
                break

    def _step(self, active: Array, fixed: Array, sums: Array) -> None:
        self.last[active] = self.coefficients[active]
        self.coefficients[active] += self._solve(
            active, sums, np.hstack([fixed[active] - sums[:, :-1], sums[:, -1:]])
        )

    def _result(self) -> Fit:
        problem, levels = self.problem, self.design.many_levels
        everyone = np.arange(len(problem.counts))
        before = self._mean(everyone, self.last)
        first = self.steps <= 1
        before[first] = problem.counts[first] + START
        working = problem.prior * before
        sums = working @ self.sums
        total, moment = sums[:, :levels], sums[:, levels : 2 * levels]
        middle = np.divide(moment, total, out=np.zeros_like(total), where=total > 0)
        spread = sums[:, -1] - (middle * moment).sum(axis=1)
        rank = (self.present > 0).sum(axis=1) + self.trend
        return Fit(
            intercepts=self.coefficients[:, :levels],
            slope=self.coefficients[:, -1],
            mean=self._mean(everyone, self.coefficients),
            working=working,
            level_weight=total,
            level_time=middle,
            spread=spread,
            free=(problem.prior > 0).sum(axis=1) - rank,
            trend=self.trend.copy(),
            converged=self.converged,
        )


def _saturated(problem: Problem) -> Array:
    """S: the part of the deviance that does not depend on the coefficients."""
    logarithm = np.log(np.where(problem.counts > 0, problem.counts, 1.0))
    if problem.offset is not None:
        logarithm -= problem.offset
    own: Array = (problem.prior * problem.counts * logarithm).sum(axis=1)
    return own
