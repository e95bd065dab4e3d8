"""Simulated streams of Noufaily et al. 2013, section 4: 42 scenarios of level, trend and season.

Counts are negative binomial with variance `dispersion` times the mean; as in the project's
reference run four outbreaks lie in weeks 313 to 575 and one in the last 49 weeks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from services.protection.early_warning.arrays import Array

WEEKS, FIRST_SCORED, FIRST_PAST = 624, 575, 312
PAST, NOW = (0, 2, 3, 5, 10), (2, 3, 5, 10)
MANY_PAST = 4


@dataclass(frozen=True)
class Scenario:
    """log mean = level + trend · week + Σ of `harmonics`; `block` is the paper's θ, from 1."""

    block: int
    level: float
    trend: float
    harmonics: int
    cosine: float
    sine: float
    dispersion: float

    def mean(self) -> Array:
        """The mean of each week."""
        week = np.arange(1, WEEKS + 1)
        logarithm = self.level + self.trend * week
        for order in range(1, self.harmonics + 1):
            angle = 2 * np.pi * order * week / 52
            logarithm = logarithm + self.cosine * np.cos(angle) + self.sine * np.sin(angle)
        mean: Array = np.exp(logarithm)
        return mean


# Level, trend, cosine, sine, dispersion: Noufaily et al. 2013, table 1.
BLOCKS = (
    (0.1, 0.0025, 0.6, 0.6, 1.5),
    (-2.0, 0.005, 0.1, 0.3, 2.0),
    (1.5, 0.003, 0.2, -0.4, 1.0),
    (0.5, 0.002, 0.5, 0.5, 5.0),
    (2.5, 0.001, 1.0, 0.1, 3.0),
    (3.75, 0.001, 0.1, -0.1, 1.1),
    (5.0, 0.0001, 0.05, 0.01, 1.2),
)


def scenarios() -> Iterator[Scenario]:
    """All 42, in the paper's order."""
    for block, (level, trend, cosine, sine, dispersion) in enumerate(BLOCKS, 1):
        for rising, harmonics in product((False, True), (0, 1, 2)):
            slope = trend if rising else 0.0
            yield Scenario(block, level, slope, harmonics, cosine, sine, dispersion)


@dataclass(frozen=True, eq=False)
class Simulated:
    """`observed` and `outbreak` (cases of outbreaks in it) S x T, `block` S, `size` S: the current
    outbreak in standard deviations."""

    observed: Array
    outbreak: Array
    block: Array
    size: Array


def simulate(replications: int, seed: int) -> Simulated:
    """Every scenario so many times; each series has a generator of its own."""
    series = [
        _series(scenario, np.random.default_rng([seed, number, replication]))
        for replication in range(replications)
        for number, scenario in enumerate(scenarios())
    ]
    block = [scenario.block for _ in range(replications) for scenario in scenarios()]
    observed, outbreak, size = zip(*series, strict=True)
    return Simulated(np.array(observed), np.array(outbreak), np.array(block), np.array(size))


def _series(scenario: Scenario, rng: np.random.Generator) -> tuple[Array, Array, int]:
    mean = scenario.mean()
    deviation = np.sqrt(scenario.dispersion * mean)
    outbreak = np.zeros(WEEKS)
    past = int(rng.choice(PAST))
    for start in rng.integers(FIRST_PAST, FIRST_SCORED, MANY_PAST):
        outbreak += _outbreak(rng, int(start), past * deviation[start], FIRST_SCORED)
    size, start = int(rng.choice(NOW)), int(rng.integers(FIRST_SCORED, WEEKS))
    outbreak += _outbreak(rng, start, size * deviation[start], WEEKS)
    rate = mean
    if scenario.dispersion > 1:
        rate = rng.gamma(mean / (scenario.dispersion - 1), scenario.dispersion - 1)
    return rng.poisson(rate) + outbreak, outbreak, size


def _outbreak(rng: np.random.Generator, start: int, size: float, end: int) -> Array:
    """Cases by week: their number is Poisson, their delays lognormal (0, 0.5) weeks."""
    weeks = start + np.floor(rng.lognormal(0, 0.5, rng.poisson(size))).astype(int)
    cases: Array = np.bincount(weeks[weeks < end], minlength=WEEKS).astype(float)
    return cases
