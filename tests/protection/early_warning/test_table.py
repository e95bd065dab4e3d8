"""What a table of counts may hold, and what is said of one that it may not."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from services.protection.early_warning.counts import WrongCounts
from services.protection.early_warning.table import read
from services.protection.early_warning.weeks import DatedWeeks
from tests.protection.early_warning.builders import some_counts

TODAY = date(2024, 6, 1)
WRONG = {
    "a negative count": ("2024-01-01,mys,-1", "stream mys, week 2024-01-01: a negative count"),
    "a fractional count": ("2024-01-01,mys,1.5", "stream mys, week 2024-01-01: .* whole number"),
    "no count": ("2024-01-01,mys,", "stream mys, week 2024-01-01: no count"),
    "a word": ("2024-01-01,mys,many", "stream mys, week 2024-01-01: count is many"),
    "not a number": ("2024-01-01,mys,nan", "stream mys, week 2024-01-01: count is nan"),
    "infinitely many": ("2024-01-01,mys,inf", "stream mys, week 2024-01-01: count is inf"),
    "a gap": (
        "2024-01-01,mys,1\n2024-01-15,mys,1",
        "stream mys, week 2024-01-08: no count",
    ),
    "a stream that ends": (
        "2024-01-01,mys,1\n2024-01-01,sau,1\n2024-01-08,sau,1",
        "stream mys, week 2024-01-08: no count",
    ),
    "a week twice": ("2024-01-01,mys,2\n2024-01-01,mys,2", "mys, week 2024-01-01: there twice"),
    "a week with two numbers": (
        "2024-01-01,mys,2\n2024-01-01,mys,3",
        "mys, week 2024-01-01: there twice, with 2 and 3",
    ),
    "the future": ("2024-06-03,mys,1", "stream mys, week 2024-06-03: lies in the future"),
    "a Tuesday": ("2024-01-02,mys,1", "stream mys, week 2024-01-02: .* begins on 2024-01-01"),
    "no week": ("soon,mys,1", "stream mys, week soon: a week is a Monday"),
    "no stream": ("2024-01-01,,1", "week 2024-01-01: a stream needs a name"),
    "dates and numbers": ("2024-01-01,mys,1\n7,mys,1", "both dates and numbers"),
    "nothing": ("", "has no rows"),
}


def a_file(folder: Path, rows: str, header: str = "week,stream,count") -> Path:
    path = folder / "counts.csv"
    path.write_text(f"{header}\n{rows}\n" if rows else f"{header}\n")
    return path


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_table_is_refused_by_stream_and_week(wrong: str, tmp_path: Path) -> None:
    rows, said = WRONG[wrong]
    with pytest.raises(WrongCounts, match=said):
        read(a_file(tmp_path, rows), TODAY)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("1,mys,1,-2,", "mys, week 1: an exposure that is no number from 0 on"),
        ("1,mys,1,,\n2,mys,1,5,", "mys, week 1: an exposure that is no number from 0 on"),
        ("1,mys,1,0,", "mys, week 1: cases without any exposure"),
        ("1,mys,1,5,2", "mys, week 1: outbreak is 2"),
    ],
)
def test_a_wrong_exposure_or_outbreak_is_refused(row: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(WrongCounts, match=said):
        read(a_file(tmp_path, row, "week,stream,count,exposure,outbreak"), TODAY)


def test_a_table_without_a_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongCounts, match="no column stream"):
        read(a_file(tmp_path, "1,2", "week,count"), TODAY)


def test_streams_may_begin_later_than_the_table(tmp_path: Path) -> None:
    found = read(a_file(tmp_path, "1,mys,1\n2,mys,0\n2,sau,4"), TODAY).counts
    assert found.streams == ["mys", "sau"]
    np.testing.assert_array_equal(found.observed, [[1, 0], [np.nan, 4]])


def test_mondays_are_weeks_of_the_calendar(tmp_path: Path) -> None:
    found = read(a_file(tmp_path, "2024-01-08,mys,2\n2024-01-01,mys,1"), TODAY).counts
    assert isinstance(found.weeks, DatedWeeks)
    assert [found.weeks.label(week) for week in range(2)] == ["2024-01-01", "2024-01-08"]


@pytest.mark.parametrize(
    ("monday", "before"),
    [
        (date(2024, 1, 1), date(2023, 1, 2)),
        (date(2020, 12, 28), date(2019, 12, 30)),
        (date(2016, 2, 29), date(2015, 3, 2)),
    ],
)
def test_a_year_ago_is_the_nearest_monday(monday: date, before: date) -> None:
    first = date(2010, 1, 4)
    weeks = DatedWeeks(900, first)
    place = weeks.years_before((monday - first).days // 7, 1)
    assert weeks.label(place) == before.isoformat()


def test_a_week_of_nobody_s_risk_does_not_count() -> None:
    counts = some_counts([[0, 3]], [[0, 10]])
    np.testing.assert_array_equal(counts.at_risk, [[False, True]])
