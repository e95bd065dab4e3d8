from dataclasses import replace

import pytest

from services.cli.demo.data_files import seeded
from services.cli.demo.facts import (
    Dimension,
    FactsDisagreeError,
    Figure,
    not_replayed,
    published,
)
from services.cli.demo.margins import counts, month_totals


def totals() -> dict[str, int]:
    return {f.period: f.value for f in published([Dimension.TOTAL])}


def test_every_published_month_the_first_half_and_the_year_are_there() -> None:
    assert totals() == {
        "2024": 1500,
        "2024-H1": 764,
        "2024-02": 81,
        "2024-05": 226,
        "2024-07": 115,
        "2024-08": 143,
        "2024-09": 134,
        "2024-10": 106,
        "2024-11": 96,
        "2024-12": 142,
    }


def test_every_figure_names_its_source() -> None:
    assert all(figure.source for figure in published())


def test_only_july_and_october_are_derived() -> None:
    assert {f.period for f in published() if f.derived} == {"2024-07", "2024-10"}


def test_the_congo_bucket_keeps_both_its_countries() -> None:
    kongo = next(f for f in published() if f.key == "COG/COD")
    assert sorted(kongo.codes) == ["COD", "COG"]
    assert kongo.value == 23


def test_the_shares_that_are_not_replayed_are_named_with_the_reason() -> None:
    assert [what[:7] for what, _ in not_replayed()] == ["2024-09", "2024-11"]


def test_the_figures_of_one_month_can_be_asked_for() -> None:
    assert {f.period for f in published(months={9})} == {"2024-09"}


def altered(dimension: Dimension, period: str, value: int) -> list[Figure]:
    return [
        replace(f, value=value) if (f.dimension, f.period) == (dimension, period) else f
        for f in published()
    ]


def test_a_year_that_is_not_the_sum_of_its_months_is_refused() -> None:
    with pytest.raises(FactsDisagreeError, match=r"2024-H1 is published as 764.* 765"):
        month_totals(altered(Dimension.TOTAL, "2024", 1501))


def test_a_year_below_its_published_months_is_refused() -> None:
    with pytest.raises(FactsDisagreeError):
        month_totals(altered(Dimension.TOTAL, "2024", 1000))


def test_a_spread_month_beyond_the_published_extremes_is_refused() -> None:
    with pytest.raises(FactsDisagreeError, match="extremes 81 to 120"):
        month_totals(altered(Dimension.MONTH_MAX, "2024", 120))


def test_categories_that_cannot_hold_the_rest_below_the_smallest_listed_are_refused() -> None:
    listed = [f for f in published([Dimension.CATEGORY]) if f.period == "2024-11"]
    with pytest.raises(FactsDisagreeError, match="category of 2024-11: 40 do not fit into 5"):
        counts(96, listed, dict.fromkeys("abcde", 1.0) | codes_of(listed), seeded(1))


def codes_of(listed: list[Figure]) -> dict[str, float]:
    return {figure.key: 1.0 for figure in listed}
