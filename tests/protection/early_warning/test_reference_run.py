"""The reference run of R `surveillance` 1.20.3 (84 series, 49 scored weeks, 12 methods): each of
its 4,116 alarms of each method, and each of its limits, is ours."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from services.protection.early_warning.arrays import Array
from services.protection.early_warning.charts import glr_nb, rossi
from services.protection.early_warning.counts import Counts
from services.protection.early_warning.ears import ears
from services.protection.early_warning.farrington import farrington_flexible
from services.protection.early_warning.options import Options, Threshold
from services.protection.early_warning.scores import State
from services.protection.early_warning.seasonal import seasonal
from services.protection.early_warning.simple import bayes, rki
from services.protection.early_warning.weeks import NumberedWeeks

FOLDER = Path(__file__).parent / "oracle"
FIRST, WEEKS = 575, range(575, 624)


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def counts() -> Counts:
    series = rows("reference_series.csv")
    observed = np.array([row["counts"].split() for row in series], dtype=float)
    names = [f"{row['scenario']}-{row['rep']}" for row in series]
    return Counts(names, NumberedWeeks(observed.shape[1]), observed)


def flexible(threshold: Threshold) -> Callable[[Counts], Array]:
    def alarms(counts: Counts) -> Array:
        options = Options(threshold=threshold, trend_threshold=1)
        return farrington_flexible(counts, WEEKS, options).alarm

    return alarms


def as_the_original(counts: Counts) -> Array:
    options = Options(threshold="delta", season_levels=1, reweight=1)
    return farrington_flexible(counts, WEEKS, options).alarm


def by_rossi(counts: Counts) -> Array:
    model = seasonal(counts, range(FIRST), WEEKS, poisson=True)
    return rossi(counts.observed[:, FIRST:], model.mean).alarm


def by_glr(counts: Counts) -> Array:
    model = seasonal(counts, range(FIRST), WEEKS, trend=True)
    return glr_nb(counts.observed[:, FIRST:], model.mean, model.alpha, threshold=5).alarm


def by_c3(counts: Counts) -> Array:
    """NaN where R has NA: nothing varied in the baseline."""
    scores = ears(counts, WEEKS, "C3")
    return np.where(scores.state == State.NO_HISTORY, np.nan, scores.alarm)


def long_c2(counts: Counts) -> Array:
    return ears(counts, WEEKS, "C2", baseline=28, least_deviation=0.5).alarm


METHODS: dict[str, Callable[[Counts], Array]] = {
    "FFlex_nbPlugin": flexible("nbPlugin"),
    "FFlex_delta": flexible("delta"),
    "FFlex_muan": flexible("muan"),
    "FarringtonOrig": as_the_original,
    "EARS_C1": lambda counts: ears(counts, WEEKS, "C1").alarm,
    "EARS_C2": lambda counts: ears(counts, WEEKS, "C2").alarm,
    "EARS_C3": by_c3,
    "EARS_C2_b28": long_c2,
    "CUSUM_rossi_glm": by_rossi,
    "GLRnb": by_glr,
    "Bayes": lambda counts: bayes(counts, WEEKS, alpha=0.005).alarm,
    "RKI": lambda counts: rki(counts, WEEKS).alarm,
}


@pytest.mark.parametrize("method", METHODS)
def test_every_alarm_of_the_reference_run_is_ours(method: str, counts: Counts) -> None:
    said = [
        [{"-": np.nan}.get(one, one) for one in row[method]] for row in rows("reference_alarms.csv")
    ]
    np.testing.assert_array_equal(METHODS[method](counts), np.array(said, dtype=float))


def test_every_limit_of_the_reference_run_is_ours(counts: Counts) -> None:
    said = [row["ff_nbPlugin_ub"].split() for row in rows("reference_alarms.csv")]
    scores = farrington_flexible(counts, WEEKS, Options(trend_threshold=1))
    np.testing.assert_array_equal(scores.upper, np.array(said, dtype=float))
