"""Early warning: is it better than Farrington Flexible, as rare as it says, and fast enough."""

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from tests.bench.figures import Figure, Goal, at_least, at_most, told

BLOCKS = range(1, 8)
STATISTICS: tuple[Literal["eb", "kulldorff"], ...] = ("eb", "kulldorff")


def measure() -> Sequence[Figure]:
    """Speed first: its memory is the most that the process has had. CPU time of all threads."""
    return [*speed(), *detector(), *truth(), *budget()]


def speed() -> Iterator[Figure]:
    """One week of 1,500 streams of ten years; R's CPU time beside ours where there is R."""
    from tests.bench.subjects import early_warning_speed as subject

    counts = subject.streams()
    ours = [subject.of_method(counts, "farrington_flexible") for _ in range(3)]
    yield told("Farrington Flexible, 1,500 streams", ours, "s")
    theirs = subject.of_r(counts)
    if theirs is not None:
        yield Figure("R surveillance, the same week, one call", theirs, "s")
        yield told("times as fast as R", [theirs / own for own in ours], "x", at_least(50))
    every = [subject.of_all(counts) for _ in range(3)]
    yield told("all methods, 1,500 streams", every, "s", at_most(3))
    for statistic in STATISTICS:
        seconds = [subject.of_scan(statistic) for _ in range(3)]
        yield told(f"scan {statistic}: 514 places x 15 x 8 x 999", seconds, "s", at_most(1.5))
    yield Figure("memory of all that", subject.megabytes(), "MB", at_most(300))


def detector() -> Iterator[Figure]:
    """The issue's (a) to (d), on 4,200 series that nothing was chosen by."""
    from tests.bench.subjects import early_warning_detector as subject

    trial = subject.trial()
    false = subject.false_alarms(trial)
    yield Figure("(a) false-positive rate", false.rate, "%")
    yield Figure("(a) its upper 95 % limit", false.upper, "%", at_most(0.65))
    yield Figure("(a) six weeks after outbreaks included", false.rate_all, "%")
    flexible = subject.detection(trial, trial.flexible)
    combined = subject.detection(trial, trial.combined)
    more = combined.found - flexible.found
    yield Figure("(b) detection, Farrington Flexible", float(flexible.found.mean()), "")
    yield Figure("(b) detection, combined", float(combined.found.mean()), "")
    yield Figure("(b) difference", float(more.mean()), "", at_least(0.03))
    yield Figure("(b) its lower 95 % limit", subject.limits(more)[0], "", at_least(0.015))
    same = subject.detection(trial, trial.flexible.copy()).found - flexible.found
    yield Figure("(b) of Farrington Flexible as candidate", float(same.mean()), "", at_most(0.0299))
    late = float(flexible.at_once.mean() - combined.at_once.mean())
    yield Figure("(c) less in the first week", late, "", at_most(0.04))
    worst = max(float(-more[combined.block == block].mean()) for block in BLOCKS)
    yield Figure("(d) less in the worst block", worst, "", at_most(0.03))


def truth() -> Iterator[Figure]:
    """How often scans reject their null, find rings, and nowcasts hold."""
    from tests.bench.subjects import early_warning_truth as subject

    for statistic in STATISTICS:
        for dispersion in (1.0, 2.0, 3.0):
            share = subject.rejected(statistic, dispersion)
            name = f"scan {statistic}, dispersion {dispersion:g}: weeks rejected"
            yield from _between(name, [share], 3, 7)
        found = subject.injected(statistic)
        yield Figure(f"scan {statistic}: rings found", found, "%", at_least(80))
    yield from _between("nowcast: intervals that hold, lags 1 to 8", subject.held(), 92, 98)


def budget() -> Iterator[Figure]:
    """Ten years in which nothing is wrong, at budgets of 1, 2 and 5 false alerts a week."""
    from tests.bench.subjects import early_warning_budget as subject

    for allowed in (1.0, 2.0, 5.0):
        name = f"budget of {allowed:g}"
        ours = subject.decade(allowed, subject.by_tail)
        weekly = ours.weekly
        upper = float(weekly.mean() + 1.96 * weekly.std(ddof=1) / len(weekly) ** 0.5)
        yield Figure(f"{name}: false alerts a week, upper limit", upper, "", at_most(allowed))
        spent = 100 * float(weekly.mean()) / allowed
        yield Figure(f"{name}: spent", spent, "%", at_least(60))
        above = int((ours.by_unit > subject.MOST_OF_A_UNIT).sum())
        yield Figure(f"{name}: BP3MI above one a month", above, "of 23", at_most(2))
        theirs = subject.decade(allowed, subject.by_deviations)
        for who, found in (("gamma-Poisson", ours), ("mean + 2 sd", theirs)):
            yield Figure(f"{name}: rings found, {who}", found.rings, "%")
            yield Figure(f"{name}: waves found, {who}", found.waves, "%")
            yield Figure(f"{name}: weeks until found, {who}", found.delay, "")
            yield Figure(f"{name}: found by chance, {who}", found.by_chance, "%")


def _between(name: str, values: list[float], low: float, high: float) -> Iterator[Figure]:
    """The smallest and the largest of some values, each with its limit."""
    goals: list[tuple[str, float, Goal]] = [
        ("least", min(values), at_least(low)),
        ("most", max(values), at_most(high)),
    ]
    for which, value, goal in goals:
        yield Figure(f"{name}, {which}", float(np.round(value, 3)), "%", goal)
