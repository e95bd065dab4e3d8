"""How long a remedy takes, estimated from complaints that are watched for different times.

The cumulative incidence of Aalen and Johansen (Scand J Stat 5 (1978) 141-150), with other ends as
competing events (Putter, Fiocco, Geskus, Stat Med 26 (2007) 2389-2430). One minus Kaplan-Meier
would take a complaint that ended otherwise for one that may still get a remedy, and so says too
much. The variance is that of the delta method (Collett, Modelling Survival Data in Medical
Research, 3rd ed., p. 411), the interval is on the scale of log(-log). An end on a day comes before
what is still open on it, as Kaplan and Meier have it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

# The normal distribution's 97.5 % point: 95 % lie between it and its negative.
Z95 = 1.959963984540054
# Sums of shares that are all or none come so near to 1 or 0.
ROUNDING = 1e-12
HALF = 0.5


@dataclass(frozen=True)
class Day:
    """How many left the watch so many days after filing, and how."""

    number: int
    remedied: int = 0
    otherwise: int = 0
    still_open: int = 0

    @property
    def ended(self) -> int:
        return self.remedied + self.otherwise

    @property
    def left(self) -> int:
        return self.ended + self.still_open


@dataclass(frozen=True)
class Estimate:
    """A share with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Point:
    """What has happened to all by a day. `alone`: one minus Kaplan-Meier, for comparison."""

    day: int
    remedied: Estimate
    otherwise: Estimate
    alone: float


@dataclass(frozen=True)
class Median:
    """The day by which half have a remedy, with its 95 % interval; `high` is None while it has
    none."""

    day: int
    low: int
    high: int | None


@dataclass
class _Incidence:
    """One kind of end as the days go by; the variance's sums are kept apart from the share of a
    day, so that each day costs the same."""

    share: float = 0.0
    _quadratic: tuple[float, float, float] = (0.0, 0.0, 0.0)
    _second: float = 0.0
    _linear: tuple[float, float] = (0.0, 0.0)

    def pass_day(self, own: int, ended: int, at_risk: int, survived: float) -> Estimate:
        """Of `at_risk`, `ended` end, `own` of them so; `survived` had not ended before."""
        self.share += survived * own / at_risk
        share = self.share
        if ended < at_risk:
            weight = ended / (at_risk * (at_risk - ended))
            add = (weight, weight * share, weight * share * share)
            self._quadratic = _plus(self._quadratic, add)
        self._second += survived**2 * own * (at_risk - own) / at_risk**3
        weight = survived * own / at_risk**2
        self._linear = (self._linear[0] + weight, self._linear[1] + weight * share)
        ones, firsts, seconds = self._quadratic
        variance = share * share * ones - 2 * share * firsts + seconds + self._second
        variance -= 2 * (share * self._linear[0] - self._linear[1])
        return within(share, max(0.0, variance))


def _plus(
    some: tuple[float, float, float], more: tuple[float, float, float]
) -> tuple[float, float, float]:
    return some[0] + more[0], some[1] + more[1], some[2] + more[2]


def within(share: float, variance: float) -> Estimate:
    """A share with its interval, on the scale of log(-log): it stays between 0 and 1."""
    if not ROUNDING < share < 1 - ROUNDING:
        return Estimate(share, share, share)
    reach = Z95 * sqrt(variance) / (share * log(share))
    return Estimate(share, share ** exp(-reach), share ** exp(reach))


def curve(days: Iterable[Day]) -> list[Point]:
    """The estimate on each day on which something ended, in order."""
    return list(_points(sorted(days, key=lambda day: day.number)))


def _points(days: Sequence[Day]) -> Iterator[Point]:
    at_risk = sum(day.left for day in days)
    survived = alone = 1.0
    remedied, otherwise = _Incidence(), _Incidence()
    for day in days:
        if day.ended:
            yield Point(
                day.number,
                remedied.pass_day(day.remedied, day.ended, at_risk, survived),
                otherwise.pass_day(day.otherwise, day.ended, at_risk, survived),
                1 - (alone := alone * (1 - day.remedied / at_risk)),
            )
            survived *= 1 - day.ended / at_risk
        at_risk -= day.left


def by_day(points: Sequence[Point], day: int) -> Point:
    """The estimate as it stands on a day."""
    nothing = Estimate(0.0, 0.0, 0.0)
    before = (point for point in reversed(points) if point.day <= day)
    found = next(before, Point(day, nothing, nothing, 0.0))
    return Point(day, found.remedied, found.otherwise, found.alone)


def median(points: Sequence[Point]) -> Median | None:
    """When half have a remedy; None while fewer than half do."""
    found = _first(points, "value")
    if found is None:
        return None
    low = _first(points, "high")
    return Median(found, found if low is None else low, _first(points, "low"))


def _first(points: Sequence[Point], bound: str) -> int | None:
    return next((p.day for p in points if getattr(p.remedied, bound) >= HALF - 1e-12), None)
