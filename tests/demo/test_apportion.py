from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.cli.demo.apportion import apportion, deal, jittered
from services.cli.demo.data_files import seeded
from tests.support.examples import examples

weights = st.lists(st.floats(0.01, 100), min_size=1, max_size=30).map(
    lambda listed: {str(n): weight for n, weight in enumerate(listed)}
)
checked = settings(deadline=None, max_examples=examples(15, in_depth=600))


@pytest.mark.property
@checked
@given(st.integers(0, 5000), weights)
def test_an_apportionment_sums_to_its_total(total: int, shares: dict[str, float]) -> None:
    assert apportion(total, shares).total() == total


@pytest.mark.property
@checked
@given(weights, st.integers(1, 50), st.floats(0, 1))
def test_nothing_is_above_the_cap(shares: dict[str, float], cap: int, fill: float) -> None:
    total = int(cap * len(shares) * fill)
    counts = apportion(total, shares, cap)
    assert counts.total() == total
    assert max(counts.values(), default=0) <= cap


def test_shares_without_a_cap_follow_the_weights() -> None:
    assert apportion(10, {"a": 5, "b": 3, "c": 2}) == {"a": 5, "b": 3, "c": 2}


def test_what_a_cap_cuts_off_goes_to_the_others() -> None:
    assert apportion(10, {"a": 8, "b": 1, "c": 1}, cap=4) == {"a": 4, "b": 3, "c": 3}


def test_a_total_above_all_caps_is_refused() -> None:
    with pytest.raises(ValueError, match="7 do not fit into 2 places of at most 3"):
        apportion(7, {"a": 1, "b": 1}, cap=3)


def likes(row: str, item: str) -> float:
    return 50.0 if row == item else 1.0


@pytest.mark.property
@checked
@given(st.lists(st.sampled_from("xyz"), max_size=60), st.integers())
def test_dealing_keeps_both_margins(rows: list[str], seed: int) -> None:
    pool = apportion(len(rows), {"x": 2, "q": 1})
    assert Counter(deal(rows, pool, seeded(seed), likes)) == +pool


def test_dealing_follows_affinity() -> None:
    rows = ["x"] * 20 + ["y"] * 80
    dealt = deal(rows, Counter(x=20, q=80), seeded(1), likes)
    assert dealt[:20].count("x") >= 15


def test_a_pool_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="3 items cannot be dealt to 2 rows"):
        deal(["x", "y"], Counter(x=3), seeded(1), likes)


def test_a_jittered_weight_stays_within_two_fifths() -> None:
    assert 0.6 <= jittered({"a": 1.0}, seeded("any"))["a"] <= 1.4
