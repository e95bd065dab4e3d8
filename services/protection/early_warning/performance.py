"""How well alarms find outbreaks that are known."""

from dataclasses import dataclass

import numpy as np

from services.protection.early_warning.arrays import Array

# Alarms soon after an outbreak are about it, not false.
AFTERMATH = 6


@dataclass(frozen=True)
class Performance:
    """Shares, NaN where there is nothing to take a share of.

    `detected`: outbreaks with an alarm in any of their weeks; `at_once`: in the first one;
    `false_rate`: weeks with an alarm of those that are of no outbreak and not within six weeks
    after one; `false_rate_all`: of all those that are of no outbreak; `sensitivity`: weeks of an
    outbreak with an alarm; `predictive`: alarms that are in one.
    """

    outbreaks: int
    detected: float
    at_once: float
    false_rate: float
    false_rate_all: float
    sensitivity: float
    predictive: float


def performance(alarm: Array, outbreak: Array, scored: Array) -> Performance:
    """`alarm` S x N, `outbreak` S x N (0, 1, NaN: not told), `scored` S x N: weeks that count."""
    ill = (outbreak == 1) & scored
    well = (outbreak == 0) & scored
    settled = well & ~_soon_after(outbreak == 1)
    runs = [run for row, flags in zip(ill, alarm, strict=True) for run in _runs(row, flags)]
    return Performance(
        outbreaks=len(runs),
        detected=_mean([any(run) for run in runs]),
        at_once=_mean([bool(run[0]) for run in runs]),
        false_rate=_mean(alarm[settled]),
        false_rate_all=_mean(alarm[well]),
        sensitivity=_mean(alarm[ill]),
        predictive=_mean(ill[alarm & (ill | well)]),
    )


def _mean(values: Array | list[bool]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def _soon_after(ill: Array) -> Array:
    after = np.zeros_like(ill)
    for lag in range(1, AFTERMATH + 1):
        after[:, lag:] |= ill[:, :-lag]
    return after


def _runs(ill: Array, alarm: Array) -> list[list[bool]]:
    """The alarms of each unbroken run of weeks of an outbreak."""
    runs: list[list[bool]] = []
    for place, is_ill in enumerate(ill):
        if is_ill and place and ill[place - 1]:
            runs[-1].append(bool(alarm[place]))
        elif is_ill:
            runs.append([bool(alarm[place])])
    return runs
