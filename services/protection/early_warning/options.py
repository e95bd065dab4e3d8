"""The options of the methods, with the command line's defaults and the names R has for them."""

from dataclasses import dataclass
from typing import Literal

Threshold = Literal["nbPlugin", "delta", "muan"]
Transformation = Literal["none", "1/2", "2/3"]


@dataclass(frozen=True)
class Options:
    """Every option of `backtest`; R's name and its default there in brackets, where they differ.

    `alpha` (alpha, 0.05); `years` (b); `half_window` (w); `threshold` (thresholdMethod, "delta");
    `past_weeks_not_included` (pastWeeksNotIncluded, w); `season_levels` (noPeriods, 1);
    `trend` (trend); `trend_threshold` (pThresholdTrend); `reweight` (weightsThreshold; None: R's
    reweight=FALSE); `limit` (limit54, (5, 4)): cases within weeks; `transformation` (powertrans).
    Of the control charts: `chart_threshold` (c.ARL), `shift` (exp(theta)): the rise that
    the CUSUM looks for, `chart_window` (M; None: -1): weeks before that a rise may have begun,
    `run_in`: weeks for which a chart runs before the first scored one (R: 0, by its range).
    """

    alpha: float = 0.005
    years: int = 5
    half_window: int = 3
    threshold: Threshold = "nbPlugin"
    past_weeks_not_included: int = 26
    season_levels: int = 10
    trend: bool = True
    trend_threshold: float = 0.05
    reweight: float | None = 2.58
    limit: tuple[int, int] = (0, 4)
    transformation: Transformation = "2/3"
    chart_threshold: float = 5.0
    shift: float = 2.0
    chart_window: int | None = 26
    run_in: int = 26
