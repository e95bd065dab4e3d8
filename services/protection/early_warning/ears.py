"""The C1, C2 and C3 of the Early Aberration Reporting System, as R `surveillance` 1.20's `earsC`.

Hutwagner et al. 2003, J Urban Health 80 (suppl. 1):i89; Fricker, Hegler, Dunfee 2008, Stat Med
27:3407. They need a few weeks of past and no model, and pay for it with false alarms.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import special

from services.protection.early_warning.arrays import Array
from services.protection.early_warning.counts import Counts
from services.protection.early_warning.scores import Scores, State
from services.protection.early_warning.windows import back, gathered

Variant = Literal["C1", "C2", "C3"]
# What R takes where alpha is not given.
ALPHA = {"C1": 0.001, "C2": 0.001, "C3": 0.025}
GAP = {"C1": 0, "C2": 2, "C3": 2}


@dataclass(frozen=True, eq=False)
class _Base:
    """S x N each: mean and standard deviation of a baseline, at this week's exposure."""

    mean: Array
    deviation: Array
    full: Array


def ears(
    counts: Counts,
    weeks: Sequence[int],
    variant: Variant,
    *,
    alpha: float | None = None,
    baseline: int = 7,
    least_deviation: float = 0.0,
) -> Scores:
    """Score these places of the table for all streams.

    `baseline` (R: baseline) weeks before, two weeks away for C2 and C3; `least_deviation` (R:
    minSigma). With an exposure, past counts are taken at this week's exposure. NO_HISTORY where a
    baseline is not complete, and for C3 where it cannot be told because nothing varied.
    """
    away = float(special.ndtri(1 - (ALPHA[variant] if alpha is None else alpha)))
    base = _base(counts, weeks, GAP[variant], baseline, least_deviation)
    observed = counts.observed[:, list(weeks)]
    if variant == "C3":
        upper, full = _third(counts, weeks, base, baseline, least_deviation, away)
    else:
        upper, full = base.mean + away * base.deviation, base.full
    full = full & counts.at_risk[:, list(weeks)]
    scores = Scores.empty(len(counts.streams), len(weeks))
    scores.expected[full], scores.upper[full] = base.mean[full], upper[full]
    scores.state[full] = State.SCORED
    scores.alarm[full] = observed[full] > upper[full]
    return scores


def _base(counts: Counts, weeks: Sequence[int], gap: int, many: int, least: float) -> _Base:
    cases, exposed = gathered(counts, back(weeks, gap + 1, gap + many))
    full = np.asarray((exposed > 0).all(axis=2))
    now = counts.exposed()[:, list(weeks)]
    with np.errstate(all="ignore"):
        values = cases if counts.exposure is None else cases / exposed * now[:, :, None]
    values = np.where(exposed > 0, values, 0.0)
    deviation = np.maximum(values.std(axis=2, ddof=1), least)
    return _Base(values.mean(axis=2), deviation, full)


def _third(
    counts: Counts, weeks: Sequence[int], base: _Base, many: int, least: float, away: float
) -> tuple[Array, Array]:
    """C3's limit: what this week may have beside the excess of C2 in the two weeks before."""
    full, excess = base.full, np.zeros_like(base.mean)
    for lag in (2, 1):
        before = [max(week - lag, 0) for week in weeks]
        past = _base(counts, before, GAP["C3"], many, least)
        observed = counts.cases()[:, before]
        with np.errstate(all="ignore"):
            excess = excess + np.maximum(0.0, (observed - past.mean) / past.deviation - 1)
        full = full & past.full
    with np.errstate(invalid="ignore"):
        upper = counts.cases()[:, list(weeks)] + base.deviation * (away - excess)
    return np.maximum(0.0, upper), full & ~np.isnan(upper)
