"""Figures of a cohort of complaints, from what `statistics_store` has counted.

Every definition is in docs/statistics.md. A number from 1 to 4 is shown as few, and so is another
one of the same whole if the first could be reckoned from it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, sqrt

from services.complaint.remedy_time import Z95, Day, Estimate
from services.handover.custody import Party

# Smaller numbers than this are few.
FEW = 5
# What becomes of a complaint that ends on no ground.
MERGED, WATCHED, OPEN = "merged", "watched", "open"
OTHERWISE = "otherwise"
KEPT, BROKEN, RUNNING = "kept", "broken", "running"
# The one definition of resolved, and those by which others seem to count.
REMEDY, SELESAI, PRESS = "remedy", "selesai", "press"
SCORES = range(1, 6)


@dataclass
class Counts:
    """What was counted of one cohort, at one instant.

    `ends`: by what became of it and whether there was an answer; `visits`, `running_visits`: by
    stage and days; `runs`: by clock, outcome and whether it was extended; `held`, `taken`,
    `given_on`, `judged`: by custodian; `stays`: by custodian and days; `ends_on`: by days
    from filing and how; `surveys`: by score and whether it was solved, None
    where that was not told.
    """

    complaints: int = 0
    information: int = 0
    without_history: int = 0
    ends: Counter[tuple[str, bool]] = field(default_factory=Counter)
    reopened: Counter[str] = field(default_factory=Counter)
    now: Counter[str] = field(default_factory=Counter)
    visits: Counter[tuple[str, int]] = field(default_factory=Counter)
    running_visits: Counter[tuple[str, int]] = field(default_factory=Counter)
    runs: Counter[tuple[str, str, bool]] = field(default_factory=Counter)
    held: Counter[Party] = field(default_factory=Counter)
    taken: Counter[Party] = field(default_factory=Counter)
    given_on: Counter[Party] = field(default_factory=Counter)
    stays: Counter[tuple[Party, int]] = field(default_factory=Counter)
    judged: Counter[tuple[Party, str]] = field(default_factory=Counter)
    ends_on: Counter[tuple[int, str]] = field(default_factory=Counter)
    selesai: int = 0
    press: int = 0
    surveys: Counter[tuple[int, bool | None]] = field(default_factory=Counter)

    @property
    def closed(self) -> int:
        """How many have ended on a ground."""
        return sum(n for (code, _), n in self.ends.items() if code not in (MERGED, WATCHED, OPEN))

    def left(self) -> tuple[int, int, int]:
        """How many had a remedy, ended otherwise, and are open."""
        by = Counter[str]()
        for (_, how), n in self.ends_on.items():
            by[how] += n
        return by[REMEDY], by[OTHERWISE], by[OPEN]

    def ended_as(self, code: str) -> int:
        """How many of the cohort became this."""
        return sum(n for (became, _), n in self.ends.items() if became == code)

    def runs_of(self, clock: str, outcome: str = "") -> int:
        """How often a clock was started, or came to this."""
        return sum(
            n for (name, came, _), n in self.runs.items() if name == clock and outcome in ("", came)
        )

    def days(self) -> list[Day]:
        """Who left the watch when, and how, for the estimate of the time to a remedy."""
        numbers = sorted({day for day, _ in self.ends_on})
        told = self.ends_on
        return [Day(n, told[n, REMEDY], told[n, OTHERWISE], told[n, OPEN]) for n in numbers]

    @property
    def counted(self) -> int:
        """The cohort without merged complaints: their matter goes on in another one."""
        return self.ends_on.total()

    def rates(self) -> Mapping[str, tuple[int, int]]:
        """Numerator and denominator by each definition of resolved."""
        filed = self.complaints + self.information
        return {
            REMEDY: (self.left()[0], self.counted),
            SELESAI: (self.selesai, filed),
            PRESS: (self.press, filed),
        }


def wilson(part: int, whole: int) -> Estimate | None:
    """A share with its 95 % interval (Wilson, JASA 22 (1927) 209-212); None of nothing."""
    if whole == 0:
        return None
    share, square = part / whole, Z95**2 / whole
    middle = (share + square / 2) / (1 + square)
    reach = Z95 / (1 + square) * sqrt(share * (1 - share) / whole + square / (4 * whole))
    low = middle - reach if part else 0.0
    high = middle + reach if part < whole else 1.0
    return Estimate(share, low, high)


def quantile(days: Mapping[int, int], share: float) -> int | None:
    """The least number of days that this share of them does not pass; None of nothing."""
    wanted = max(1, ceil(share * sum(days.values()) - 1e-9))
    passed = 0
    for day in sorted(days):
        passed += days[day]
        if passed >= wanted:
            return day
    return None


def mean_score(surveys: Mapping[tuple[int, bool | None], int]) -> Estimate | None:
    """The mean score, and its 95 % interval by the normal approximation; None of fewer than two."""
    scores = Counter[int]()
    for (score, _), n in surveys.items():
        scores[score] += n
    n = scores.total()
    if n < 2:
        return None
    mean = sum(score * count for score, count in scores.items()) / n
    square = sum(count * (score - mean) ** 2 for score, count in scores.items()) / (n - 1)
    reach = Z95 * sqrt(square / n)
    return Estimate(mean, max(SCORES[0], mean - reach), min(SCORES[-1], mean + reach))


def is_few(number: int) -> bool:
    """Whether somebody could be recognised in a number."""
    return 0 < number < FEW


def few_of(parts: Sequence[int], *, whole_is_shown: bool = True) -> list[bool]:
    """Which parts of a whole are not shown: those that are few, and one more, where the whole less
    the others would be the number of one, or the sum of all that of a whole that is not shown."""
    hidden = [is_few(part) for part in parts]
    if any(hidden) != whole_is_shown:
        return hidden
    others = [n for n, part in enumerate(parts) if part >= FEW]
    if not others:
        return [True] * len(parts)
    hidden[min(others, key=lambda n: parts[n])] = True
    return hidden
