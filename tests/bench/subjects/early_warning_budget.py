"""A budget of false alerts on ten years in which nothing is wrong, and what it still finds."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from services.protection.early_warning.alerts import Alert, merge
from services.protection.early_warning.arrays import Array
from services.protection.early_warning.budget import calibrate, simulated
from services.protection.early_warning.counting import tail
from tests.bench.subjects.early_warning_world import (
    FAMILIES,
    UNITS,
    World,
    a_ring,
    a_wave,
    a_world,
)

YEARS, PAST, WEEKS_A_YEAR, DRAWN = 10, 3, 52, 400
SHARES = (0.15, 0.15, 0.1, 0.25, 0.2, 0.15)
LEARNED = 10
TRIALS = 100
SMALLEST = 1e-12
# The Poisson 95 % limit of 120 alerts in ten years.
MOST_OF_A_UNIT = 139
STRONGEST_SHAPE = 50.0


@dataclass(frozen=True, eq=False)
class Known:
    """What three years tell: S expected a week, and their dispersion."""

    mean: Array
    dispersion: Array


def by_tail(known: Known, counts: Array) -> Array:
    """-log10 of the gamma-Poisson tail."""
    chance = tail(counts, known.mean, known.dispersion)
    evidence: Array = -np.log10(np.maximum(chance, SMALLEST))
    return evidence


def by_deviations(known: Known, counts: Array) -> Array:
    """How many standard deviations above the mean: "mean + 2 sd", its 2 found by the budget."""
    deviation = np.sqrt(np.maximum(known.mean, 1 / (PAST * WEEKS_A_YEAR)))
    return (counts - known.mean) / deviation


Method = Callable[[Known, Array], Array]


def known_of(world: World, weeks: list[Array]) -> Known:
    """Rates shrunk within their family (empirical Bayes, by moments), as `gamma_poisson` does."""
    total = counted(world, np.vstack(weeks))
    time = float(len(weeks))
    mean, dispersion = np.zeros(len(total)), np.ones(len(total))
    for number in range(len(FAMILIES)):
        own = world.family == number
        rate = total[own].mean() / time
        spread = max(total[own].var() / time**2 - rate / time, rate**2 / STRONGEST_SHAPE)
        shape, per = rate**2 / spread, rate / spread
        mean[own] = (shape + total[own]) / (per + time)
        dispersion[own] = 1 + 1 / (per + time)
    sizes = np.array([len(week) for week in weeks])
    excess = max(0.0, sizes.var() / sizes.mean() - 1)
    return Known(mean, dispersion + excess * mean / sizes.mean())


def counted(world: World, complaints: Array) -> Array:
    """S: complaints of each stream."""
    counts: Array = np.bincount(complaints[complaints >= 0], minlength=len(world.family))
    return counts.astype(float)


@dataclass(frozen=True, eq=False)
class Year:
    """The thresholds of a year, and what they rest on."""

    known: Known
    thresholds: Array


def a_year(world: World, past: list[Array], budget: float, method: Method, seed: int) -> Year:
    """Calibrated on the complaints of the three years before.

    What was learned from them is not quite what is: each tenth of the simulated weeks is judged by
    what would have been learned from a past drawn anew.
    """
    rows = np.vstack(past)
    sizes = np.array([len(week) for week in past])
    dispersion = max(1.0, float(sizes.var() / sizes.mean()))
    rng, weeks = np.random.default_rng(seed), []
    for part in range(LEARNED):
        again = rows[rng.integers(0, len(rows), len(rows))]
        learned = known_of(world, np.split(again, np.cumsum(sizes)[:-1]))
        weeks += simulated(
            rows,
            float(sizes.mean()),
            dispersion,
            partial(_judged, world, method, learned),
            weeks=DRAWN // LEARNED,
            seed=LEARNED * seed + part,
        )
    return Year(known_of(world, past), calibrate(weeks, world.family, SHARES, budget))


def _judged(world: World, method: Method, known: Known, counts: Array) -> Array:
    """A stream that was in no complaint of the past is at the end, where counts may not reach."""
    missing = len(world.family) - len(counts)
    return method(known, np.append(counts, np.zeros(missing)))


def alerts(world: World, year: Year, week: Array, method: Method) -> list[Alert]:
    """The alerts of a week."""
    evidence = method(year.known, counted(world, week))
    return merge(evidence > year.thresholds, evidence, week)


@dataclass(frozen=True, eq=False)
class Decade:
    """Alerts of each quiet week, how many of each BP3MI, and percent of rings and waves found;
    `by_chance`: percent that would have been found though they were not put in."""

    weekly: Array
    by_unit: Array
    rings: float
    waves: float
    delay: float
    by_chance: float


def decade(budget: float, method: Method, seed: int = 3) -> Decade:
    """Ten years, thresholds anew each year, a ring and a wave put into copies of some weeks."""
    world, rng = a_world(), np.random.default_rng(seed)
    weeks = [world.week(rng) for _ in range((PAST + YEARS) * WEEKS_A_YEAR)]
    weekly, by_unit = [], np.zeros(UNITS)
    found: dict[str, list[int]] = {"ring": [], "wave": [], "chance": []}
    for number in range(YEARS):
        start = (PAST + number) * WEEKS_A_YEAR
        past = weeks[start - PAST * WEEKS_A_YEAR : start]
        year = a_year(world, past, budget, method, seed + number)
        ahead = weeks[start : start + WEEKS_A_YEAR]
        for week in ahead:
            best = [alert.best for alert in alerts(world, year, week, method)]
            weekly.append(len(best))
            np.add.at(by_unit, world.unit[[b for b in best if world.unit[b] >= 0]], 1)
        for _ in range(TRIALS // YEARS):
            place = int(rng.integers(WEEKS_A_YEAR - 6))
            for name, put in (("ring", a_ring), ("wave", a_wave)):
                rows = put(world, rng)
                found[name].append(_delay(world, year, ahead[place:], rows, method))
                found["chance"].append(_delay(world, year, ahead[place:], rows, method, False))
    return Decade(
        np.array(weekly),
        by_unit,
        100 * float(np.mean([delay >= 0 for delay in found["ring"]])),
        100 * float(np.mean([delay >= 0 for delay in found["wave"]])),
        float(np.mean([delay for delay in found["ring"] + found["wave"] if delay >= 0])),
        100 * float(np.mean([delay >= 0 for delay in found["chance"]])),
    )


def _delay(
    world: World,
    year: Year,
    weeks: list[Array],
    put: list[Array],
    method: Method,
    is_put: bool = True,
) -> int:
    """Weeks until an alert is of a stream that all that was put in is in; -1: never."""
    added = np.vstack(put)
    mark = {int(column[0]) for column in added.T if (column == column[0]).all()} - {-1}
    for delay, (week, rows) in enumerate(zip(weeks, put, strict=False)):
        complaints = np.vstack([week, rows]) if is_put else week
        for alert in alerts(world, year, complaints, method):
            if mark & set(alert.streams):
                return delay
    return -1
