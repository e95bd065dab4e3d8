"""A budget of false alerts a week: thresholds from simulated weeks in which nothing is wrong.

The null is the streams' own: complaints of the past, drawn again one by one, so that every margin
is real and nothing hangs together in time or place; a week has as many as the model expects,
varying as much as it says. Each family of streams has its share of the budget.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from services.chassis.errors import Invalid
from services.protection.early_warning.alerts import merge
from services.protection.early_warning.arrays import Array

# The share of the budget that the simulated weeks spend: what is left is for what they do not know.
SPENT = 0.85
HALVINGS = 12


@dataclass(frozen=True, eq=False)
class Week:
    """A simulated week: `evidence` S, `complaints` C x F (their streams; see `alerts.merge`)."""

    evidence: Array
    complaints: Array


Judge = Callable[[Array], Array]


def simulated(
    past: Array, mean: float, dispersion: float, judge: Judge, *, weeks: int, seed: int
) -> list[Week]:
    """Weeks under the null.

    `past` P x F: the streams of past complaints; `mean` and `dispersion` of the number of a week;
    `judge` gives the evidence (S) for counts (S). Invalid: there is no past.
    """
    if not len(past):
        raise Invalid("a budget needs complaints of the past")
    rng = np.random.default_rng(seed)
    streams = int(past.max()) + 1
    drawn = []
    for _ in range(weeks):
        rate = rng.gamma(mean / (dispersion - 1), dispersion - 1) if dispersion > 1 else mean
        complaints = past[rng.integers(0, len(past), rng.poisson(rate))]
        counts = np.bincount(complaints[complaints >= 0], minlength=streams)
        drawn.append(Week(judge(counts.astype(float)), complaints))
    return drawn


def calibrate(
    weeks: Sequence[Week], family: Array, shares: Sequence[float], budget: float
) -> Array:
    """S: the evidence that a stream has to pass, so that weeks like these cost the budget.

    `family` S: 0 … of each stream; `shares` of the families sum to 1; `budget`: alerts a week,
    after merging. Families first: each may alarm as often as its share says, alone; then all are
    raised together until the merged alerts are 85 % of the budget. Invalid: shares, or a budget of
    nothing.
    """
    if abs(sum(shares) - 1) > 1e-9 or min(shares) < 0 or budget <= 0:
        raise Invalid("shares sum to 1, none is negative, and a budget is more than nothing")
    low, high = 0.0, 4.0
    for _ in range(HALVINGS):
        generous = (low + high) / 2
        thresholds = _alone(weeks, family, [share * budget * generous for share in shares])
        if cost(weeks, thresholds) > SPENT * budget:
            high = generous
        else:
            low = generous
    return _alone(weeks, family, [share * budget * low for share in shares])


def cost(weeks: Sequence[Week], thresholds: Array) -> float:
    """Alerts a week, after merging."""
    return float(np.mean([len(merged(week, thresholds)) for week in weeks]))


def merged(week: Week, thresholds: Array) -> list[int]:
    """The best explaining streams of a week's alerts."""
    alerts = merge(week.evidence > thresholds, week.evidence, week.complaints)
    return [alert.best for alert in alerts]


def _alone(weeks: Sequence[Week], family: Array, rates: Sequence[float]) -> Array:
    """S: per family the evidence that its streams together pass so many times a week."""
    thresholds = np.full(len(family), np.inf)
    for number, rate in enumerate(rates):
        own = family == number
        seen = np.sort(np.concatenate([week.evidence[own] for week in weeks]))[::-1]
        place = int(rate * len(weeks))
        if len(seen):
            thresholds[own] = seen[min(place, len(seen) - 1)]
    return thresholds
