"""A measured figure, its goal, and whether it holds. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

ROUNDS = 5

Sample = Mapping[str, float]
Run = Callable[[], Sample]


@dataclass(frozen=True)
class Goal:
    """A limit that a figure must keep: at most or at least."""

    limit: float
    is_ceiling: bool

    def is_kept_by(self, value: float) -> bool:
        """Whether a value is on the good side."""
        return value <= self.limit if self.is_ceiling else value >= self.limit

    def __str__(self) -> str:
        return f"{'≤' if self.is_ceiling else '≥'} {self.limit:g}"


def at_most(limit: float) -> Goal:
    """The figure must not be larger."""
    return Goal(limit, is_ceiling=True)


def at_least(limit: float) -> Goal:
    """The figure must not be smaller."""
    return Goal(limit, is_ceiling=False)


@dataclass(frozen=True)
class Figure:
    """One measured value. `samples` are what it is the median of; without a goal it is told only.

    `limits` says what bounds it, or how it was measured, in a sentence for docs/performance.md.
    """

    name: str
    value: float
    unit: str
    goal: Goal | None = None
    samples: Sequence[float] = ()
    limits: str = ""

    @property
    def holds(self) -> bool:
        """Whether its goal is kept; one without a goal always holds."""
        return self.goal is None or self.goal.is_kept_by(self.value)


def alternate(rounds: int = ROUNDS, **runs: Run) -> dict[str, list[Sample]]:
    """Run each in turn, so many times, in the reverse order every other time.

    A machine that grows slower or faster then does so for all of them.
    """
    samples: dict[str, list[Sample]] = {name: [] for name in runs}
    for number in range(rounds):
        for name in list(runs) if number % 2 == 0 else reversed(list(runs)):
            samples[name].append(runs[name]())
    return samples


def series(samples: Sequence[Sample], what: str) -> list[float]:
    """One quantity of every sample."""
    return [sample[what] for sample in samples]


def told(name: str, values: Sequence[float], unit: str, goal: Goal | None = None) -> Figure:
    """The median of some values."""
    return Figure(name, median(values), unit, goal, tuple(values))


def ratio(
    name: str, ours: Sequence[float], theirs: Sequence[float], goal: Goal | None = None
) -> Figure:
    """The median of the ratios of runs that stood next to each other."""
    pairs = zip(ours, theirs, strict=True)
    return told(name, [own / other for own, other in pairs], "x", goal)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share (0 … 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]
