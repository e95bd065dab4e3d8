"""The time to a remedy: as counted by hand where all is known, and as `lifelines` estimates it."""

import warnings
from collections import Counter
from math import isclose, isnan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from services.complaint.remedy_time import Day, Median, by_day, curve, median, within
from tests.support.examples import examples

OPEN, REMEDIED, OTHERWISE = 0, 1, 2
# How each complaint left the watch, and after how many days.
leavings = some.lists(
    some.tuples(some.integers(0, 40), some.sampled_from((OPEN, REMEDIED, OTHERWISE))),
    min_size=1,
    max_size=60,
)


def days(left: list[tuple[int, int]]) -> list[Day]:
    told = Counter(left)
    numbers = {day for day, _ in left}
    return [Day(n, told[n, REMEDIED], told[n, OTHERWISE], told[n, OPEN]) for n in numbers]


def as_open_last(left: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same ends, and whoever is open was watched to the last day."""
    return [(day if how != OPEN else 41, how) for day, how in left]


@given(leavings)
def test_where_everybody_was_watched_to_the_end_it_is_the_plain_share(
    left: list[tuple[int, int]],
) -> None:
    ended = as_open_last(left)
    for point in curve(days(ended)):
        by_then = [how for day, how in ended if day <= point.day]
        assert isclose(point.remedied.value, by_then.count(REMEDIED) / len(ended), abs_tol=1e-12)
        assert isclose(point.otherwise.value, by_then.count(OTHERWISE) / len(ended), abs_tol=1e-12)


@given(leavings)
def test_it_never_falls_stays_in_its_interval_and_leaves_room_for_other_ends(
    left: list[tuple[int, int]],
) -> None:
    before = 0.0
    for point in curve(days(left)):
        assert before <= point.remedied.value + 1e-12
        assert point.remedied.low - 1e-12 <= point.remedied.value <= point.remedied.high + 1e-12
        assert point.remedied.value + point.otherwise.value <= 1 + 1e-9
        before = point.remedied.value


@given(leavings)
def test_one_minus_kaplan_meier_never_says_less(left: list[tuple[int, int]]) -> None:
    assert all(point.alone >= point.remedied.value - 1e-12 for point in curve(days(left)))


def test_all_who_have_a_remedy_are_all_however_the_shares_add_up() -> None:
    found = within(0.9999999999999998, 4.2e-17)
    assert (found.low, found.high) == (found.value, found.value)


def test_one_minus_kaplan_meier_says_all_where_half_have_ended_otherwise() -> None:
    point = curve([Day(1, otherwise=5), Day(2, remedied=5)])[-1]
    assert (point.remedied.value, point.alone) == (0.5, 1.0)


def test_the_median_is_the_day_by_which_half_have_a_remedy() -> None:
    each_day = [Day(n, remedied=1) for n in range(1, 101)]
    found = median(curve(each_day))
    assert found is not None
    assert found.day == 50
    assert found.high is not None
    assert 35 < found.low < 50 < found.high < 65


def test_there_is_no_median_while_fewer_than_half_have_a_remedy() -> None:
    assert median(curve([Day(3, remedied=4), Day(9, still_open=6)])) is None


def test_a_median_may_have_no_upper_end_yet() -> None:
    found = median(curve([Day(3, remedied=5), Day(9, still_open=4)]))
    assert isinstance(found, Median)
    assert found.high is None


def test_before_the_first_end_nobody_has_a_remedy() -> None:
    assert by_day(curve([Day(3, remedied=1)]), 2).remedied.value == 0


@pytest.mark.process
@settings(deadline=None, max_examples=examples(20, in_depth=200))
@given(left=leavings)
def test_it_is_what_lifelines_estimates(left: list[tuple[int, int]]) -> None:
    from lifelines import AalenJohansenFitter, KaplanMeierFitter

    # Two kinds of end on one day would be shaken apart by chance there: other ends come later. What
    # ends at its very beginning is not counted there at all: all begins a day before.
    apart = [(1 + day + (how == OTHERWISE) * 0.25 + (how == OPEN) * 0.5, how) for day, how in left]
    ours = curve(
        [
            Day(int(at * 4), *(sum((at, how) == each for each in apart) for how in (1, 2, 0)))
            for at in sorted({at for at, _ in apart})
        ]
    )
    times, hows = [at for at, _ in apart], [how for _, how in apart]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = AalenJohansenFitter().fit(times, hows, event_of_interest=REMEDIED)
        plain = KaplanMeierFitter().fit(times, [how == REMEDIED for how in hows])
    bounds = theirs.confidence_interval_
    for point in ours:
        at = point.day / 4
        value = float(theirs.cumulative_density_.loc[at].iloc[0])
        assert isclose(point.remedied.value, value, abs_tol=1e-9)
        assert isclose(point.alone, 1 - float(plain.predict(at)), abs_tol=1e-9)
        low, high = sorted(float(bounds.loc[at].iloc[n]) for n in (0, 1))
        if 1e-9 < value < 1 - 1e-9 and not isnan(low):
            assert isclose(point.remedied.low, low, abs_tol=1e-6)
            assert isclose(point.remedied.high, high, abs_tol=1e-6)
