"""A table of weekly counts that the methods may rely on; what is wrong with one is said."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.chassis.errors import EstafetError
from services.protection.early_warning.arrays import Array
from services.protection.early_warning.weeks import Weeks


class WrongCounts(EstafetError):
    """A table that no method is tried on. The message names the stream and the week."""

    reason = "WRONG_COUNTS"


@dataclass(frozen=True, eq=False)
class Counts:
    """Counts of S streams in T weeks.

    `observed`: S x T whole numbers, NaN before a stream was born. `exposure`: S x T, at least 0, in
    any unit that is the same for all weeks of a stream (placements, workers abroad); None: equal.
    A week without exposure and without cases is nobody's risk: it is left out of every baseline.
    WrongCounts: a count is negative, fractional, missing after the first, or without exposure.
    """

    streams: Sequence[str]
    weeks: Weeks
    observed: Array
    exposure: Array | None = None

    def __post_init__(self) -> None:
        shape = (len(self.streams), len(self.weeks))
        for name, values in (("observed", self.observed), ("exposure", self.exposure)):
            if values is not None and values.shape != shape:
                raise WrongCounts(f"{name} has the shape {values.shape}, not {shape}")
        born = np.logical_or.accumulate(~np.isnan(self.observed), axis=1)
        self._refuse(born & np.isnan(self.observed), "no count (a gap)")
        self._refuse(self.observed < 0, "a negative count")
        self._refuse(np.isinf(self.observed), "an infinite count")
        self._refuse(born & (self.observed % 1 != 0), "a count that is no whole number")
        if self.exposure is not None:
            wrong = ~np.isfinite(self.exposure) | (self.exposure < 0)
            self._refuse(born & wrong, "an exposure that is no number from 0 on")
            self._refuse((self.exposure == 0) & (self.observed > 0), "cases without any exposure")

    def _refuse(self, wrong: Array, what: str) -> None:
        if wrong.any():
            stream, week = (int(place) for place in np.argwhere(wrong)[0])
            raise WrongCounts(
                f"stream {self.streams[stream]}, week {self.weeks.label(week)}: {what}"
            )

    @property
    def at_risk(self) -> Array:
        """S x T: whether a week counts: the stream was born, and somebody was exposed."""
        born = ~np.isnan(self.observed)
        return born if self.exposure is None else born & (self.exposure > 0)

    def exposed(self) -> Array:
        """S x T: the exposure, 1 where none is given, 0 where a week does not count."""
        given = 1.0 if self.exposure is None else self.exposure
        return np.where(self.at_risk, given, 0.0)

    def cases(self) -> Array:
        """S x T: the counts, 0 where a week does not count."""
        return np.where(self.at_risk, self.observed, 0.0)
