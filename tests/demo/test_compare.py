from dataclasses import replace

import pytest

from services.cli.demo.compare import (
    Recorded,
    all_equal,
    as_filed,
    compare,
    plain,
    planned,
    spread_months,
    table,
)
from services.cli.demo.facts import MAIN, Dimension, published
from services.cli.demo.plan import build_plan

PLAN = build_plan()
RECORDS = as_filed(PLAN)


def unequal(records: list[Recorded]) -> set[tuple[str, str, int]]:
    lines = compare(records, PLAN.published())
    return {
        (line.figure.period, line.figure.key, line.recorded - line.figure.value)
        for line in lines
        if not line.equal
    }


def first(month: int, category: str = "", country: str = "") -> int:
    return next(
        n
        for n, record in enumerate(RECORDS)
        if record.month == month
        and category in ("", record.category)
        and country in ("", record.country)
    )


def without(place: int) -> list[Recorded]:
    return RECORDS[:place] + RECORDS[place + 1 :]


def test_a_perfect_record_is_equal_everywhere() -> None:
    assert unequal(RECORDS) == set()


def test_one_lost_record_shows_in_its_month_and_its_year() -> None:
    assert unequal(without(first(month=10))) == {("2024-10", "all", -1), ("2024", "all", -1)}


def test_one_doubled_record_shows_in_its_month_category_country_and_year() -> None:
    doubled = RECORDS[first(month=12, category="sick", country="MYS")]
    found = unequal([*RECORDS, doubled])
    assert {
        ("2024", "all", 1),
        ("2024-12", "all", 1),
        ("2024-12", "sick", 1),
        ("2024-12", "MYS", 1),
    } <= found


def test_one_record_moved_to_the_next_month_shows_in_both() -> None:
    place = first(month=7)
    moved = replace(RECORDS[place], month=8, country="ZAF", province="81")
    assert unequal([*without(place), moved]) == {("2024-07", "all", -1), ("2024-08", "all", 1)}


def test_one_record_moved_to_another_country_shows_there() -> None:
    place = first(month=11, country="KOR")
    moved = replace(RECORDS[place], country="TWN")
    assert unequal([*without(place), moved]) == {("2024-11", "KOR", -1), ("2024-11", "TWN", 1)}


def test_a_move_that_no_published_figure_sees_shows_against_the_plan() -> None:
    place = first(month=1, country="MYS")
    moved = [*without(place), replace(RECORDS[place], country="TWN")]
    assert unequal(moved) == set()
    lines = [line for line in compare(moved, planned(PLAN)) if not line.equal]
    assert {(line.figure.period, line.figure.key) for line in lines} == {
        ("2024-01", "MYS"),
        ("2024-01", "TWN"),
    }


def test_either_congo_counts_for_the_published_bucket() -> None:
    other = [replace(r, country="COG") if r.country == "COD" else r for r in RECORDS]
    assert unequal(other) == set()


def test_no_records_are_equal_to_nothing() -> None:
    assert not all_equal(compare([], PLAN.published()))
    assert not all_equal([])


def test_information_requests_are_no_complaints() -> None:
    assert unequal([*RECORDS, Recorded(9, "information", "MYS", "32", False)]) == set()


def test_a_read_model_without_provinces_is_compared_on_what_it_has() -> None:
    thin = [Recorded(r.month, r.category, r.country) for r in RECORDS]
    assert all_equal(compare(thin, published(MAIN)))


def test_a_figure_that_the_records_cannot_answer_is_an_error_not_a_gap() -> None:
    thin = [Recorded(r.month, r.category, r.country) for r in RECORDS]
    with pytest.raises(ValueError, match="the records carry no province"):
        compare(thin, published([Dimension.PROVINCE]))


def test_the_plain_table_marks_what_differs() -> None:
    lines = compare(without(first(month=10)), PLAN.published([Dimension.TOTAL]))
    shown = [row.split() for row in plain(lines).splitlines()]
    assert shown[0] == ["period", "what", "published", "recorded", "equal"]
    assert ["2024-10", "total", "106", "(derived)", "105", "NO", "(-1)"] in shown
    assert ["2024-11", "total", "96", "96", "yes"] in shown


def test_spread_months_are_marked_in_the_table() -> None:
    lines = compare(RECORDS, spread_months(PLAN))
    assert [line.figure.months for line in lines] == [(1,), (3,), (4,), (6,)]
    assert "2024-01  total  - (spread: 136)  136       yes" in plain(lines)


def test_a_scaled_figure_shows_the_published_number_too() -> None:
    figures = published([Dimension.TOTAL], months={2}, scale=10)
    assert "81 x 10 = 810" in plain(compare(RECORDS, figures))


def test_the_drawn_table_has_a_row_a_line() -> None:
    lines = compare(RECORDS, PLAN.published())
    assert table(lines, "2024").row_count == len(lines)
