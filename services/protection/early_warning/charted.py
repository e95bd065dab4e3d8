"""The control charts on a table: the model of the weeks before, the chart, what it says."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from services.protection.early_warning.arrays import Array
from services.protection.early_warning.charts import Chart, cusum_nb, glr_nb
from services.protection.early_warning.counts import Counts
from services.protection.early_warning.options import Options
from services.protection.early_warning.scores import Scores, State
from services.protection.early_warning.seasonal import Seasonal, seasonal


def cusum(counts: Counts, weeks: Sequence[int], options: Options) -> Scores:
    """Negative binomial CUSUM for a rise of `shift` times (Höhle, Paul 2008, section 2.1).

    The chart runs from `run_in` weeks before the first of the weeks on; all before that is what the
    model is fitted to. `weeks` are consecutive. NO_HISTORY: fewer than 26 weeks, or no case.
    """
    model, first, observed = _begun(counts, weeks, options)
    shift = float(np.log(options.shift))
    chart = cusum_nb(
        observed, model.mean, model.alpha, shift=shift, threshold=options.chart_threshold
    )
    return _scores(counts, weeks, model, chart, first)


def glr(counts: Counts, weeks: Sequence[int], options: Options) -> Scores:
    """Generalised likelihood ratio for a rise of any size; see `cusum`."""
    model, first, observed = _begun(counts, weeks, options)
    chart = glr_nb(
        observed,
        model.mean,
        model.alpha,
        threshold=options.chart_threshold,
        window=options.chart_window,
        limits_from=weeks[0] - first,
    )
    return _scores(counts, weeks, model, chart, first)


def _begun(counts: Counts, weeks: Sequence[int], options: Options) -> tuple[Seasonal, int, Array]:
    first = max(0, weeks[0] - options.run_in)
    model = _model(counts, first, weeks[-1] + 1, options.trend)
    observed = np.where(model.mean > 0, counts.cases()[:, first : weeks[-1] + 1], 0.0)
    return model, first, observed


@lru_cache(maxsize=1)  # for both charts
def _model(counts: Counts, first: int, end: int, trend: bool) -> Seasonal:
    model = seasonal(counts, range(first), range(first, end), trend=trend)
    return replace(model, mean=np.where(model.fitted[:, None], model.mean, 0.0))


def _scores(
    counts: Counts, weeks: Sequence[int], model: Seasonal, chart: Chart, first: int
) -> Scores:
    columns = [week - first for week in weeks]
    scores = Scores.empty(len(counts.streams), len(weeks))
    there = model.fitted[:, None] & counts.at_risk[:, list(weeks)]
    scores.expected[there] = model.mean[:, columns][there]
    scores.upper[there] = chart.upper[:, columns][there]
    scores.alarm[there] = chart.alarm[:, columns][there]
    scores.state[there] = State.SCORED
    return scores
