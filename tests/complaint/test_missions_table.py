"""Tables of missions that are refused: gaps, overlaps, a name of two regions, no real source."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from services.complaint.missions import Missions, MissionsError
from tests.support.examples import examples

HEAD = "country,region,also,mission,valid_from,valid_until,confidence,source,read_on"
COUNTRY = "MYS,,,KBRI Kuala Lumpur,,,general knowledge,,"
days = some.dates(date(1950, 1, 1), date(2100, 1, 1))


def a_table(folder: Path, *lines: str) -> Missions:
    path = folder / "missions.csv"
    path.write_text("\n".join((HEAD, COUNTRY, *lines)), encoding="utf-8")
    return Missions.load(path)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("MYS,Johor,,KJRI A,,2020-01-01,general knowledge,,",), "nobody after 2020-01-01"),
        (("MYS,Johor,,KJRI A,2020-01-01,,general knowledge,,",), "nobody before 2020-01-01"),
        (
            (
                "MYS,Johor,,KJRI A,,2020-01-01,general knowledge,,",
                "MYS,Johor,,KJRI B,2020-01-01,,general knowledge,,",
            ),
            "KJRI A and KJRI B overlap",
        ),
        (
            (
                "MYS,Johor,,KJRI A,,2020-01-01,general knowledge,,",
                "MYS,Johor,,KJRI B,2020-01-03,,general knowledge,,",
            ),
            "KJRI A and KJRI B leave a gap",
        ),
        (
            (
                "MYS,Johor,,KJRI A,,,general knowledge,,",
                "MYS,Johor,,KJRI B,,,general knowledge,,",
            ),
            "overlap",
        ),
        (
            (
                "MYS,Johor,,KJRI A,,2020-01-01,general knowledge,,",
                "MYS,Johor,,KJRI B,2020-01-02,2019-01-01,general knowledge,,",
                "MYS,Johor,,KJRI C,2019-01-02,,general knowledge,,",
            ),
            "KJRI B ends before it begins",
        ),
        (("SAU,Makkah,,KJRI Jeddah,,,general knowledge,,",), "the country itself has no row"),
        (("MYS,Johor,,Toko A,,,general knowledge,,",), "line 3"),
        (("MYS,Johor,,KJRI,,,general knowledge,,",), "names no place"),
        (("Malaysia,Johor,,KJRI A,,,general knowledge,,",), "no country code"),
        (("MYS,Johor,,KJRI A,,,read,,",), "names its source and the day"),
        (("MYS,Johor,,KJRI A,,,general knowledge,https://a.example,2026-01-01",), "names none"),
        (("MYS,Johor,,KJRI A,,,read,somebody said so,2026-01-01",), "begins with its address"),
        (("MYS,Johor,,KJRI A,2020-13-01,,general knowledge,,",), "line 3"),
        (("MYS,Johor,,KJRI A,,,surely,,",), "line 3"),
        (
            (
                "MYS,Johor,Selatan,KJRI A,,,general knowledge,,",
                "MYS,Melaka,selatan,KJRI A,,,general knowledge,,",
            ),
            "selatan names Johor, too",
        ),
        (("MYS,Kota,,KJRI A,,,general knowledge,,",), "Kota names nothing"),
    ],
)
def test_a_table_with_a_fault_is_refused_with_the_place_of_it(
    tmp_path: Path, lines: tuple[str, ...], said: str
) -> None:
    with pytest.raises(MissionsError, match=said):
        a_table(tmp_path, *lines)


@pytest.mark.property
@given(some.lists(some.tuples(days, some.integers(-2, 2)), min_size=1, max_size=4))
@settings(max_examples=examples(30, 500))
def test_only_rows_that_join_day_by_day_are_taken(
    tmp_path_factory: pytest.TempPathFactory, joints: list[tuple[date, int]]
) -> None:
    ends = sorted({day for day, _ in joints})
    slips = [slip for _, slip in joints][: len(ends)]
    lines, begins = [], ""
    for number, (end, slip) in enumerate(zip(ends, slips, strict=True)):
        lines.append(f"MYS,Johor,,KJRI {number},{begins},{end},general knowledge,,")
        begins = (end + timedelta(days=1 + slip)).isoformat()
    lines.append(f"MYS,Johor,,KJRI last,{begins},,general knowledge,,")
    folder = tmp_path_factory.mktemp("missions")
    if any(slips):
        with pytest.raises(MissionsError, match=r"overlap|gap|ends before"):
            a_table(folder, *lines)
    else:
        assert a_table(folder, *lines).find("MYS", "Johor", ends[0]) is not None
