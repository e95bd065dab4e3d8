"""The combined detector beside Farrington Flexible on new replications of Noufaily's scenarios."""

from dataclasses import dataclass

import numpy as np

from services.protection.early_warning.arrays import Array
from services.protection.early_warning.combined import CARRY, THRESHOLD, carried, evidence
from services.protection.early_warning.counts import Counts
from services.protection.early_warning.farrington import predict_flexible
from services.protection.early_warning.options import Options
from services.protection.early_warning.performance import AFTERMATH
from services.protection.early_warning.scenarios import FIRST_SCORED, WEEKS, Simulated, simulate
from services.protection.early_warning.weeks import NumberedWeeks

# The threshold was frozen on seed 20261; this is another.
SEED, REPLICATIONS = 777001, 100
RATES = np.linspace(0.002, 0.01, 17)
RESAMPLES = 1000


@dataclass(frozen=True, eq=False)
class Trial:
    """S x N evidence of both detectors, and what the weeks are: of an outbreak, or settled."""

    flexible: Array
    combined: Array
    outbreak: Array
    settled: Array
    block: Array


@dataclass(frozen=True, eq=False)
class Detection:
    """Means over the rates, one per series with an outbreak: found at all, in its first week."""

    found: Array
    at_once: Array
    block: Array


def trial(replications: int = REPLICATIONS, seed: int = SEED) -> Trial:
    """Simulate and judge every scored week, by the model of that week."""
    simulated = simulate(replications, seed)
    names = [str(number) for number in range(len(simulated.observed))]
    counts = Counts(names, NumberedWeeks(WEEKS), simulated.observed)
    flexible, handed = [], []
    for week in range(FIRST_SCORED - 1, WEEKS):
        model = predict_flexible(counts, week, Options())
        assert model is not None
        flexible.append(evidence(counts, week, model))
        handed.append(carried(counts, week, model))
    now = np.array(flexible[1:]).T
    return Trial(now, now + CARRY * np.array(handed[:-1]).T, *_weeks(simulated), simulated.block)


def _weeks(simulated: Simulated) -> tuple[Array, Array]:
    ill = simulated.outbreak > 0
    after = np.zeros_like(ill)
    for lag in range(1, AFTERMATH + 1):
        after[:, lag:] |= ill[:, :-lag]
    scored = slice(FIRST_SCORED, WEEKS)
    return ill[:, scored], (~ill & ~after)[:, scored]


def detection(trial: Trial, score: Array) -> Detection:
    """Averaged over the thresholds at which the false-positive rate is each of the rates."""
    ranked = np.sort(score[trial.settled])[::-1]
    has = np.flatnonzero(trial.outbreak.any(axis=1))
    first = trial.outbreak[has].argmax(axis=1)
    found, at_once = np.zeros(len(has)), np.zeros(len(has))
    for rate in RATES:
        alarm = score[has] > ranked[int(rate * len(ranked))]
        found += (alarm & trial.outbreak[has]).any(axis=1) / len(RATES)
        at_once += alarm[np.arange(len(has)), first] / len(RATES)
    return Detection(found, at_once, trial.block[has])


def limits(values: Array, weights: Array | None = None, seed: int = 1) -> tuple[float, float]:
    """The 95 % interval of a mean (of a ratio of sums, with weights), resampled by series."""
    rng = np.random.default_rng(seed)
    picked = rng.integers(0, len(values), (RESAMPLES, len(values)))
    below = np.full(len(values), 1.0) if weights is None else weights
    means = values[picked].sum(axis=1) / below[picked].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


@dataclass(frozen=True)
class FalseAlarms:
    """In percent: their rate at the frozen threshold, its upper limit, and the rate of all weeks
    that are of no outbreak, the six after one among them."""

    rate: float
    upper: float
    rate_all: float


def false_alarms(trial: Trial) -> FalseAlarms:
    """At the threshold that is built in."""
    alarm = trial.combined > THRESHOLD
    false, settled = (alarm & trial.settled).sum(axis=1), trial.settled.sum(axis=1)
    upper = limits(false.astype(float), settled.astype(float))[1]
    well = ~trial.outbreak
    rate = false.sum() / settled.sum()
    return FalseAlarms(100 * float(rate), 100 * upper, 100 * float(alarm[well].mean()))
