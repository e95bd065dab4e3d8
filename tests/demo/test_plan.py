from collections import Counter
from functools import cache

import pytest

from services.cli.demo.compare import all_equal, as_filed, compare
from services.cli.demo.facts import Dimension
from services.cli.demo.plan import Filing, Plan, build_plan
from services.process.calendar import JAKARTA, WorkingCalendar

THE_YEAR = build_plan()


@cache
def a_plan(scale: int = 1, seed: int = 2024, information: int = 0) -> Plan:
    return build_plan(scale, seed, information)


def of(month: int) -> list[Filing]:
    return [filing for filing in THE_YEAR.filings if filing.month == month]


@pytest.mark.parametrize("seed", range(5))
def test_every_published_figure_holds_whatever_the_seed(seed: int) -> None:
    plan = a_plan(seed=seed)
    lines = compare(as_filed(plan), plan.published())
    assert [line for line in lines if not line.equal] == []


def test_three_times_the_load_holds_three_times_the_figures() -> None:
    plan = a_plan(scale=3)
    lines = compare(as_filed(plan), plan.published())
    assert len(plan.filings) == 4500
    assert all_equal(lines)


def test_the_same_seed_gives_the_same_year() -> None:
    assert build_plan() == THE_YEAR


def test_another_seed_gives_another_year() -> None:
    assert a_plan(seed=1).filings != THE_YEAR.filings


def test_months_published_only_as_a_sum_stay_between_the_extremes_and_are_marked() -> None:
    spread = Counter(filing.month for filing in THE_YEAR.filings if filing.spread)
    assert set(spread) == {1, 3, 4, 6}
    assert spread.total() == 764 - 81 - 226
    assert all(81 < count < 226 for count in spread.values())


@pytest.mark.parametrize(("month", "smallest"), [(9, 9), (11, 7), (12, 9)])
def test_a_category_that_is_not_listed_stays_at_or_below_the_smallest_listed_one(
    month: int, smallest: int
) -> None:
    listed = {f.key for f in THE_YEAR.published() if f.months == (month,)}
    counts = Counter(filing.category for filing in of(month))
    assert max(n for category, n in counts.items() if category not in listed) <= smallest


def test_a_category_not_listed_for_the_first_half_stays_at_or_below_its_smallest() -> None:
    listed = {f.key for f in THE_YEAR.published([Dimension.CATEGORY]) if f.period == "2024-H1"}
    counts = Counter(filing.category for filing in THE_YEAR.filings if filing.month <= 6)
    assert max(n for category, n in counts.items() if category not in listed) <= 32


@pytest.mark.parametrize(("month", "smallest"), [(9, 6), (11, 5), (12, 18)])
def test_a_country_that_is_not_listed_stays_at_or_below_the_smallest_listed_one(
    month: int, smallest: int
) -> None:
    listed = {c for f in THE_YEAR.published() if f.months == (month,) for c in f.codes}
    counts = Counter(filing.country for filing in of(month))
    assert max(n for country, n in counts.items() if country not in listed) <= smallest


def test_other_provinces_of_august_stay_at_or_below_west_java() -> None:
    counts = Counter(filing.province for filing in of(8))
    assert counts.most_common(1) == [("32", 42)]


def test_filings_are_numbered_in_order_of_time() -> None:
    assert [filing.index for filing in THE_YEAR.filings] == list(range(1500))
    assert list(THE_YEAR.filings) == sorted(THE_YEAR.filings, key=lambda f: f.filed_at)


def test_every_filing_falls_on_a_working_day_of_its_month_in_office_hours() -> None:
    calendar = WorkingCalendar()
    for filing in THE_YEAR.filings:
        local = filing.filed_at.astimezone(JAKARTA)
        assert calendar.is_working_day(local.date())
        assert local.month == filing.month
        assert 8 <= local.hour < 16


def test_filings_are_spread_over_nearly_every_working_day() -> None:
    assert len({filing.filed_on for filing in THE_YEAR.filings}) > 200


def test_a_regency_lies_in_its_province() -> None:
    assert all(f.regency.startswith(f"{f.province}.") for f in THE_YEAR.filings)


def test_a_dead_worker_files_nothing() -> None:
    filers = {filing.filer for filing in THE_YEAR.filings if filing.category == "death"}
    assert filers == {"family", "attorney"}


def test_one_month_alone_is_a_small_demo_whose_figures_hold() -> None:
    september = THE_YEAR.only(9)
    assert [filing.index for filing in september.filings] == list(range(134))
    lines = compare(as_filed(september), september.published())
    assert len(lines) == 10
    assert all_equal(lines)


def test_information_requests_come_beside_the_complaints_and_are_not_counted() -> None:
    plan = a_plan(information=40)
    assert sum(filing.is_information for filing in plan.filings) == 40
    assert len(plan.filings) == 1540
    assert all_equal(compare(as_filed(plan), plan.published()))


def test_non_procedural_workers_are_as_many_as_in_december_all_year() -> None:
    share = sum(not filing.procedural for filing in THE_YEAR.filings) / 1500
    assert share == pytest.approx(111 / 142, abs=0.005)
