"""What methods say where their papers say nothing: no history, no exposure, nothing but zeros."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from services.chassis.errors import Invalid
from services.protection.early_warning.baseline import TooShort, flexible
from services.protection.early_warning.counting import distribution, quantile, tail
from services.protection.early_warning.gamma_poisson import gamma_poisson
from services.protection.early_warning.methods import METHODS, score
from services.protection.early_warning.options import Options
from services.protection.early_warning.performance import performance
from services.protection.early_warning.scores import State
from services.protection.early_warning.weeks import NumberedWeeks
from tests.protection.early_warning.builders import dated, drawn, some_counts

OPTIONS = Options()
YEARS = 6 * 52


@pytest.mark.parametrize("method", METHODS)
def test_a_stream_that_leaps_is_an_alarm(method: str) -> None:
    observed = np.tile([2.0, 4.0], (4, YEARS // 2))
    # C3 adds up three weeks
    observed[1, -3 if method == "ears_c3" else -1 :] = 40
    alarm = score(method, some_counts(observed), [YEARS - 1], OPTIONS).alarm[:, 0]
    assert list(alarm) == [False, True, False, False]


@pytest.mark.parametrize("method", METHODS)
def test_no_limit_is_ever_a_silent_nan(method: str) -> None:
    observed = drawn(6, YEARS, 0.3)
    observed[0] = 0
    observed[1, :-1] = np.nan
    observed[2, : YEARS - 60] = np.nan
    observed[3, :-1] = 0
    weeks = range(YEARS - 3, YEARS)
    scores = score(method, some_counts(observed), weeks, OPTIONS)
    there = scores.state != State.NO_HISTORY
    assert np.isfinite(scores.upper[there]).all()
    assert np.isfinite(scores.expected[there]).all()
    assert there[:, -1].all()
    assert not scores.alarm[~there].any()


@pytest.mark.parametrize("method", METHODS)
def test_more_exposure_lets_more_cases_pass(method: str) -> None:
    observed, exposure = drawn(1, YEARS, 2.0), np.full((1, YEARS), 100.0)
    exposure[0, -1] = 500
    usual = score(method, some_counts(observed), [YEARS - 1], OPTIONS)
    exposed = score(method, some_counts(observed, exposure), [YEARS - 1], OPTIONS)
    assert exposed.expected[0, 0] == pytest.approx(5 * usual.expected[0, 0], rel=0.01)
    assert exposed.upper[0, 0] > 2 * usual.upper[0, 0]


@pytest.mark.parametrize("method", METHODS)
def test_the_unit_of_exposure_does_not_matter(method: str) -> None:
    observed = drawn(3, YEARS, 2.0)
    exposure = np.random.default_rng(2).uniform(50, 150, observed.shape)
    weeks = range(YEARS - 2, YEARS)
    one = score(method, some_counts(observed, exposure), weeks, OPTIONS)
    thousand = score(method, some_counts(observed, exposure * 1000), weeks, OPTIONS)
    np.testing.assert_allclose(one.upper, thousand.upper, rtol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_a_week_of_nobody_s_risk_has_no_alarm_and_spoils_no_baseline(method: str) -> None:
    observed, exposure = drawn(2, YEARS, 2.0), np.full((2, YEARS), 10.0)
    for week in (YEARS - 1, YEARS - 60):
        observed[0, week] = exposure[0, week] = 0
    scores = score(method, some_counts(observed, exposure), range(YEARS - 2, YEARS), OPTIONS)
    assert scores.expected[0, -1] == scores.upper[0, -1] == 0
    assert not scores.alarm[0].any()
    assert np.isfinite(scores.upper).all()


def test_after_ten_years_of_zeros_one_case_is_judged_by_the_tail() -> None:
    observed = np.zeros((1, 530))
    observed[0, -1] = 1
    scores = score("farrington_flexible", some_counts(observed), [529], OPTIONS)
    assert scores.state[0, 0] == State.BY_TAIL
    assert scores.upper[0, 0] == 0
    assert scores.alarm[0, 0]


def test_a_stream_born_yesterday_is_judged_by_the_others() -> None:
    observed = drawn(30, YEARS, 1.0)
    observed[0, :-1] = np.nan
    observed[0, -1] = 9
    scores = score("farrington_flexible", some_counts(observed), [YEARS - 1], OPTIONS)
    assert scores.state[0, 0] == State.BY_TAIL
    assert 0.5 < scores.expected[0, 0] < 2
    assert scores.alarm[0, 0]


def test_a_stream_alone_and_born_yesterday_has_no_limit_and_no_alarm() -> None:
    scores = score("farrington_flexible", some_counts([[9.0]]), [0], OPTIONS)
    assert scores.state[0, 0] == State.NO_HISTORY
    assert not scores.alarm[0, 0]


def test_fewer_cases_than_the_limit_asks_for_are_no_alarm_but_have_a_bound() -> None:
    observed = np.zeros((1, YEARS))
    observed[0, ::30] = 1
    observed[0, -1] = 3
    asked = replace(OPTIONS, limit=(5, 4))
    without, limited = (
        score("farrington_flexible", some_counts(observed), [YEARS - 1], options)
        for options in (OPTIONS, asked)
    )
    assert without.alarm[0, 0]
    assert not limited.alarm[0, 0]
    assert limited.state[0, 0] == State.BELOW_LIMIT
    assert limited.upper[0, 0] == without.upper[0, 0]


def test_streams_are_scored_the_same_together_and_alone() -> None:
    observed = drawn(5, YEARS, 1.5)
    weeks = range(YEARS - 2, YEARS)
    together = score("farrington_flexible", some_counts(observed), weeks, OPTIONS)
    for stream in range(5):
        alone = score("farrington_flexible", some_counts(observed[[stream]]), weeks, OPTIONS)
        np.testing.assert_array_equal(together.upper[[stream]], alone.upper)


def test_one_past_year_less_changes_a_dated_baseline() -> None:
    counts = dated(some_counts(drawn(1, YEARS, 3.0)))
    five = score("farrington_flexible", counts, [YEARS - 1], OPTIONS)
    three = score("farrington_flexible", counts, [YEARS - 1], replace(OPTIONS, years=3))
    assert five.expected[0, 0] != three.expected[0, 0]


def test_an_unknown_method_or_week_is_refused() -> None:
    counts = some_counts(drawn(1, 10, 1.0))
    with pytest.raises(Invalid, match="no method arima"):
        score("arima", counts, [9], OPTIONS)
    with pytest.raises(Invalid, match="has 10 weeks"):
        score("bayes", counts, [10], OPTIONS)


def test_the_season_is_cut_into_blocks_the_longer_ones_first() -> None:
    past = flexible(NumberedWeeks(300), 299, years=1, half_window=3, recent=0, levels=10)
    sizes = np.bincount(past.design.levels)
    assert list(sizes) == [5, 5, 5, 5, 5, 5, 5, 5, 5, 10]


def test_a_baseline_before_the_table_is_refused() -> None:
    with pytest.raises(TooShort, match="week 200 has no 5 years"):
        flexible(NumberedWeeks(300), 199, years=5, half_window=3, recent=26, levels=10)


@pytest.mark.parametrize("dispersion", [1.0, 1.4, 7.0])
def test_quantiles_and_tails_are_scipy_s(dispersion: float) -> None:
    means = np.geomspace(1e-4, 4000, 60)
    size = means / (dispersion - 1) if dispersion > 1 else None
    law = stats.poisson(means) if size is None else stats.nbinom(size, 1 / dispersion)
    for probability in (0.005, 0.5, 0.995, 0.99999):
        np.testing.assert_array_equal(
            quantile(probability, means, dispersion), law.ppf(probability)
        )
    for count in (0, 1, 17):
        np.testing.assert_allclose(
            distribution(count, means, dispersion), law.cdf(count), rtol=1e-9
        )
        np.testing.assert_allclose(tail(count, means, dispersion), law.sf(count - 1), rtol=1e-7)


def test_a_gamma_poisson_limit_keeps_its_promise_on_sparse_streams() -> None:
    rng = np.random.default_rng(4)
    rates = rng.gamma(0.7, 0.2, (800, 1))
    observed = rng.poisson(rates, (800, 3 * 52)).astype(float)
    scores = gamma_poisson(some_counts(observed), range(146, 156), OPTIONS)
    assert scores.alarm.mean() < OPTIONS.alpha


def test_performance_counts_outbreaks_and_leaves_their_aftermath_out() -> None:
    outbreak = np.zeros((1, 20))
    outbreak[0, 5:8] = 1
    alarm = np.zeros((1, 20), dtype=bool)
    alarm[0, [6, 9, 19]] = True
    found = performance(alarm, outbreak, np.ones((1, 20), dtype=bool))
    assert (found.outbreaks, found.detected, found.at_once) == (1, 1.0, 0.0)
    assert found.false_rate == pytest.approx(1 / 11)
    assert found.false_rate_all == pytest.approx(2 / 17)
    assert found.sensitivity == pytest.approx(1 / 3)
    assert found.predictive == pytest.approx(1 / 3)
