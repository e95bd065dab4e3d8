"""The working days of one course: where it stands, and what was done when."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date
from random import Random

from services.cli.demo.actions import Action
from services.cli.demo.habits import Habits

Deeds = list[tuple[date, Action]]


class Walk:
    """Goes forward over working days and writes down deeds as (working day, deed), in order.

    What lies beyond the last day that is known does not happen.
    """

    def __init__(
        self, days: Sequence[date], begins_on: date, habits: Habits, rng: Random, *, gravest: bool
    ) -> None:
        self.days, self.habits, self.rng = days, habits, rng
        self.at = bisect_left(days, begins_on)
        self.deeds: Deeds = []
        self._gravest = gravest

    def do(self, deed: Action) -> None:
        if self.at < len(self.days):
            self.deeds.append((self.days[self.at], deed))

    def wait(self, step: str) -> None:
        """As long as the habits of a step say."""
        self.at += self.habits.delay(step, self.rng, gravest=self._gravest)

    def wait_until_after(self, day: date) -> None:
        """A clock that ends during `day` has ended on the next working day."""
        self.at = bisect_right(self.days, day)

    def day_in(self, working_days: int) -> date:
        """So many working days from here, or the last day that is known."""
        return self.days[min(self.at + working_days, len(self.days) - 1)]
