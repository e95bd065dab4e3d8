"""Alarms that are of one cause, and thresholds that cost what they may."""

import numpy as np
import pytest

from services.chassis.errors import Invalid
from services.protection.early_warning.alerts import merge
from services.protection.early_warning.arrays import Array
from services.protection.early_warning.budget import Week, calibrate, cost, merged, simulated
from services.protection.early_warning.counting import tail

# Ten countries, forty regencies.
COUNTRIES, REGENCIES = 10, 40
FAMILY = np.repeat([0, 1], [COUNTRIES, REGENCIES])


SHARES = [
    np.random.default_rng(family).dirichlet(np.full(many, 2.0))
    for family, many in enumerate((COUNTRIES, REGENCIES))
]
MEAN = 30 * np.concatenate(SHARES)


def past(many: int = 20000) -> Array:
    """Complaints whose country and regency have nothing to do with each other."""
    rng = np.random.default_rng(1)
    country = rng.choice(COUNTRIES, many, p=SHARES[0])
    regency = COUNTRIES + rng.choice(REGENCIES, many, p=SHARES[1])
    return np.column_stack([country, regency])


def judge(counts: Array) -> Array:
    evidence: Array = -np.log10(tail(counts, MEAN, 1.1))
    return evidence


def weeks(seed: int, many: int = 1000) -> list[Week]:
    return simulated(past(), 30, 1.1, judge, weeks=many, seed=seed)


def test_streams_with_the_same_cases_are_one_alert_named_after_the_strongest() -> None:
    alarm, evidence = np.array([True, True, False]), np.array([3.0, 5.0, 0.0])
    [alert] = merge(alarm, evidence, np.array([[0, 1]] * 4 + [[0, 2]]))
    assert alert.best == 1
    assert alert.streams == (0, 1)


def test_streams_that_share_few_cases_are_two_alerts() -> None:
    alarm, evidence = np.array([True, True]), np.array([3.0, 5.0])
    complaints = np.array([[0, 1]] + [[0, -1]] * 5 + [[-1, 1]] * 5)
    assert [alert.best for alert in merge(alarm, evidence, complaints)] == [1, 0]


def test_a_cause_goes_on_through_a_stream_in_between() -> None:
    complaints = np.array([[0, 1, -1]] * 3 + [[-1, 1, 2]] * 3)
    [alert] = merge(np.ones(3, dtype=bool), np.array([1.0, 2.0, 3.0]), complaints)
    assert alert.streams == (0, 1, 2)


def test_a_quiet_week_has_no_alert() -> None:
    assert merge(np.zeros(2, dtype=bool), np.zeros(2), np.empty((0, 2), dtype=int)) == []


@pytest.mark.parametrize("budget", [0.2, 0.5, 1.0])
def test_other_weeks_cost_no_more_than_the_budget_and_most_of_it(budget: float) -> None:
    thresholds = calibrate(weeks(1), FAMILY, [0.5, 0.5], budget)
    assert 0.6 * budget <= cost(weeks(2), thresholds) <= budget


def test_a_family_has_its_share() -> None:
    thresholds = calibrate(weeks(1), FAMILY, [0.2, 0.8], 1.0)
    best = [stream for week in weeks(2) for stream in merged(week, thresholds)]
    assert np.mean([FAMILY[stream] == 0 for stream in best]) < 0.35


def test_a_budget_of_nothing_or_shares_of_more_than_all_are_refused() -> None:
    with pytest.raises(Invalid, match="shares sum to 1"):
        calibrate(weeks(1, 5), FAMILY, [0.5, 0.6], 1)
    with pytest.raises(Invalid, match="more than nothing"):
        calibrate(weeks(1, 5), FAMILY, [0.5, 0.5], 0)
