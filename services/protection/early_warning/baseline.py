"""Which weeks of the past a week is compared with, and to what part of the season each belongs."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from services.chassis.errors import EstafetError
from services.protection.early_warning.arrays import Array
from services.protection.early_warning.problem import Design
from services.protection.early_warning.weeks import Weeks


class TooShort(EstafetError):
    """The table begins too late for so many years and this half-window."""

    reason = "TOO_SHORT"


@dataclass(frozen=True, eq=False)
class Baseline:
    """`places` n weeks of the table, and their design."""

    places: Array
    design: Design


def flexible(
    weeks: Weeks, week: int, years: int, half_window: int, recent: int, levels: int
) -> Baseline:
    """The baseline of Noufaily et al. 2013, Stat Med 32:1206, section 3.3.

    Every week from `half_window` before the oldest reference week on, but for the last `recent` and
    the scored one: those within the half-window of a reference week are the current level, those
    between two windows are cut into `levels` - 1 blocks, the longer ones first. With one level
    only the windows count. TooShort: a reference week or its window lies before the table.
    """
    references = [weeks.years_before(week, year) for year in range(years + 1)]
    # R's blocks may begin at its row 0, which is none
    if references[-1] - half_window < -1:
        raise TooShort(f"week {weeks.label(week)} has no {years} years before it")
    part = np.full(week + 1, -1)
    part[max(0, week - half_window) : week + 1] = levels - 1
    for later, earlier in pairwise(references):
        part[max(0, earlier - half_window) : earlier + half_window + 1] = levels - 1
        if levels > 1:
            _cut(part, earlier + half_window + 1, later - half_window, levels - 1)
    part[max(0, week - recent) :] = -1
    places = np.flatnonzero(part >= 0)
    if not len(places):
        raise TooShort(f"week {weeks.label(week)}: no week is left to compare with")
    return Baseline(places, Design.of(places, part[places], week, levels - 1))


def _cut(part: Array, start: int, end: int, blocks: int) -> None:
    length, longer = divmod(end - start, blocks)
    if length < 1:
        raise TooShort(f"{blocks + 1} season levels are too many for {end - start} weeks")
    for block in range(blocks):
        stop = start + length + (1 if block < longer else 0)
        part[start:stop] = block
        start = stop


def original(weeks: Weeks, week: int, years: int, half_window: int) -> Baseline:
    """The baseline of Farrington et al. 1996, JRSS A 159:547: the windows of the years before.

    Weeks before the table are left out. TooShort: fewer than three are left.
    """
    windows = [
        np.arange(-half_window, half_window + 1) + weeks.years_before(week, year)
        for year in range(years, 0, -1)
    ]
    places = np.concatenate(windows)
    places = places[places >= 0]
    if len(places) < 3:
        raise TooShort(f"week {weeks.label(week)} has fewer than three weeks to compare with")
    return Baseline(places, Design.of(places, np.zeros(len(places), dtype=int), week, 0))
