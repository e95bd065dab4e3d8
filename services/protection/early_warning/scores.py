"""What a method says of scored weeks."""

from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np

from services.protection.early_warning.arrays import Array


class State(IntEnum):
    """How a row came about."""

    SCORED = 0
    # too few cases in the weeks of `limit`: R tells no bound, we tell it and raise no alarm
    BELOW_LIMIT = 1
    # the method has no answer (R: NA, or an error): the gamma-Poisson tail answers
    BY_TAIL = 2
    # nothing to compare with: no bound, no alarm
    NO_HISTORY = 3


@dataclass(frozen=True, eq=False)
class Scores:
    """S x N each: what was expected, the limit above which a count is an alarm, whether it is one.

    `upper` and `expected` are NaN where `state` is NO_HISTORY, and only there.
    """

    expected: Array
    upper: Array
    alarm: Array
    state: Array

    @classmethod
    def empty(cls, streams: int, weeks: int) -> "Scores":
        """Scores of nothing yet."""
        shape = (streams, weeks)
        nothing = np.full(shape, np.nan)
        state = np.full(shape, State.NO_HISTORY, dtype=np.int8)
        return cls(nothing, nothing.copy(), np.zeros(shape, dtype=bool), state)

    def fill(self, other: "Scores", where: Array) -> None:
        """Take another method's answer where `where` (S x N)."""
        for field in fields(self):
            getattr(self, field.name)[where] = getattr(other, field.name)[where]
