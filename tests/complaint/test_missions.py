"""Which mission serves a place: the table as it is, and tables that are refused."""

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from services.complaint import commands
from services.complaint.missions import (
    Basis,
    Confidence,
    Found,
    mission_of,
    missions,
    telephones,
)
from services.complaint.missions_told import country_name
from services.complaint.region_names import folded
from tests.support.examples import examples

TODAY = date(2026, 11, 29)
# Every country that the published figures of complaints and placements name.
DESTINATIONS = (
    *("MYS", "SAU", "TWN", "ARE", "SGP", "BRN", "HKG", "QAT", "OMN", "BHR", "KHM", "KOR", "COG"),
    *("COD", "JPN", "ITA", "TUR", "JOR", "SYR", "KWT", "DEU", "CHN", "MAC", "THA", "NLD", "POL"),
)
days = some.dates(date(1950, 1, 1), date(2100, 1, 1))


def found(country: str, region: str = "", on: date = TODAY) -> Found:
    mission = mission_of(country, region, on)
    assert mission is not None
    return mission


def spellings() -> list[tuple[str, str, str]]:
    """Country, region and spelling of every name in the table."""
    return [
        (country, region, name)
        for (country, region), rows in missions().rows.items()
        for name in sorted({region, *(each for row in rows for each in row.also)} - {""})
    ]


SPELLINGS = spellings()
KEYS = {folded(name) for _, _, name in SPELLINGS}


def misspelt(name: str) -> set[str]:
    """A name with one letter left out, doubled or changed with the next."""
    at = range(len(name))
    left_out = {name[:n] + name[n + 1 :] for n in at}
    doubled = {name[: n + 1] + name[n:] for n in at}
    swapped = {name[:n] + name[n : n + 2][::-1] + name[n + 2 :] for n in at}
    return left_out | doubled | swapped


@pytest.mark.parametrize("country", DESTINATIONS)
def test_every_destination_with_complaints_or_placements_has_a_mission(country: str) -> None:
    assert found(country).row.country == country


@pytest.mark.parametrize(
    ("country", "region", "mission"),
    [
        ("MYS", "Pulau Pinang", "KJRI Penang"),
        ("MYS", "Penang", "KJRI Penang"),
        ("MYS", "pulaupinang", "KJRI Penang"),
        ("MYS", "KL", "KBRI Kuala Lumpur"),
        ("MYS", "K.L.", "KBRI Kuala Lumpur"),
        ("MYS", "Kuala Lumpor", "KBRI Kuala Lumpur"),
        ("MYS", "Wilayah Persekutuan Labuan", "KJRI Kota Kinabalu"),
        ("MYS", "NEGERI JOHOR", "KJRI Johor Bahru"),
        ("MYS", "N. Sembilan", "KJRI Johor Bahru"),
        ("MYS", "Malacca", "KJRI Johor Bahru"),
        ("MYS", "Pahang", "KJRI Johor Bahru"),
        ("MYS", "Serawak", "KJRI Kuching"),
        ("MYS", "Tawau", "KRI Tawau"),
        ("SAU", "Mekkah", "KJRI Jeddah"),
        ("SAU", "Al-Madinah", "KJRI Jeddah"),
        ("SAU", "Ha'il", "KBRI Riyadh"),
        ("SAU", "Eastern Province", "KBRI Riyadh"),
        ("ARE", "Emirate of Sharjah", "KJRI Dubai"),
        ("ARE", "Abu Dhabi", "KBRI Abu Dhabi"),
        ("JPN", "Ōsaka", "KJRI Osaka"),
        ("JPN", "Aichi", "KBRI Tokyo"),
        ("DEU", "baden wurttemberg", "KJRI Frankfurt"),
        ("HKG", "Kowloon", "KJRI Hong Kong"),
        ("TWN", "Taichung", "KDEI Taipei"),
    ],
)
def test_a_region_has_its_mission_however_it_is_spelt(
    country: str, region: str, mission: str
) -> None:
    assert found(country, region).row.mission == mission


def test_a_region_that_is_known_is_named_as_the_table_has_it() -> None:
    mission = found("MYS", "penang")
    assert (mission.basis, mission.row.region) == (Basis.REGION, "Pulau Pinang")


@pytest.mark.parametrize("region", ["", "Atlantis", "Kota", "🙂", "مكة", "<b>", "x" * 100])
def test_where_the_region_is_not_known_the_countrys_own_mission_is_asked(region: str) -> None:
    mission = found("MYS", region)
    assert (mission.row.mission, mission.basis) == ("KBRI Kuala Lumpur", Basis.REGION_UNKNOWN)


def test_where_there_is_one_mission_alone_no_region_is_needed() -> None:
    assert found("TWN").basis is Basis.COUNTRY


@pytest.mark.parametrize("country", ["XXX", "", "mys", "Malaysia"])
def test_a_country_without_a_row_has_none(country: str) -> None:
    assert mission_of(country, "Johor", TODAY) is None


@pytest.mark.parametrize(
    ("country", "region", "on", "mission"),
    [
        ("MYS", "Tawau", date(2010, 11, 30), "KJRI Kota Kinabalu"),
        ("MYS", "Tawau", date(2010, 12, 1), "KRI Tawau"),
        ("JPN", "Hyogo", date(1995, 4, 30), "KJRI Kobe"),
        ("JPN", "Hyogo", date(1995, 5, 1), "KJRI Osaka"),
        ("ARE", "Dubai", date(2002, 12, 31), "KBRI Abu Dhabi"),
        ("ARE", "Dubai", date(2003, 1, 1), "KJRI Dubai"),
    ],
)
def test_the_mission_is_the_one_of_the_day(
    country: str, region: str, on: date, mission: str
) -> None:
    assert found(country, region, on).row.mission == mission


def test_malaysia_saudi_arabia_and_the_emirates_are_there_with_every_part() -> None:
    known = {code: {r for c, r in missions().rows if c == code and r} for code in ("MYS", "SAU")}
    emirates = {region for country, region in missions().rows if country == "ARE" and region}
    districts = {"Tawau", "Lahad Datu", "Semporna", "Kunak"}
    assert [len(known["MYS"] - districts), len(known["SAU"]), len(emirates)] == [16, 13, 7]


def test_japan_and_germany_are_there_with_every_part() -> None:
    numbers = [sum(c == code and r != "" for c, r in missions().rows) for code in ("JPN", "DEU")]
    assert numbers == [47, 16]


@pytest.mark.property
@given(some.sampled_from(sorted(missions().rows)), days)
@settings(max_examples=examples(100, 2000))
def test_every_place_has_exactly_one_mission_on_every_day(place: tuple[str, str], on: date) -> None:
    holding = [row for row in missions().rows[place] if row.holds(on)]
    assert len(holding) == 1
    assert found(*place, on).row == holding[0]


@pytest.mark.property
@given(some.sampled_from(sorted({c for c, _ in missions().rows})), some.text(max_size=40), days)
@settings(max_examples=examples(200, 5000))
def test_whatever_is_typed_a_known_country_has_an_answer(
    country: str, region: str, on: date
) -> None:
    mission = found(country, region, on)
    assert mission.row.holds(on)
    assert (mission.basis is Basis.REGION) == bool(mission.row.region)


def test_every_name_in_the_table_finds_its_own_region() -> None:
    wrong = [
        (country, name)
        for country, region, name in SPELLINGS
        if found(country, name).row.region != region
    ]
    assert wrong == []


@pytest.mark.property
@given(some.data())
@settings(max_examples=examples(150, 5000), deadline=None)
def test_a_misspelt_name_never_leads_to_another_regions_mission(data: some.DataObject) -> None:
    country, region, name = data.draw(some.sampled_from(SPELLINGS))
    wrongly = data.draw(some.sampled_from(sorted(misspelt(name))))
    mission = found(country, wrongly)
    is_another_name = folded(wrongly) in KEYS
    is_no_region = mission.basis is not Basis.REGION
    same = mission.row.mission == found(country, region).row.mission
    assert is_another_name or is_no_region or same


def test_most_misspelt_names_of_malaysia_are_found() -> None:
    tried = [
        found("MYS", wrongly).row.region == region
        for country, region, name in SPELLINGS
        if country == "MYS" and len(folded(name)) > 4
        for wrongly in sorted(misspelt(name))[::7]
    ]
    assert sum(tried) / len(tried) > 0.95


def test_what_was_read_names_an_address_and_a_day_and_nothing_else_does() -> None:
    rows = [row for rows in missions().rows.values() for row in rows]
    read = [row for row in rows if row.confidence is Confidence.READ]
    assert len(read) > 60
    assert all(row.sources and row.read_on for row in read)
    assert not any(row.source or row.read_on for row in rows if row not in read)


def test_a_telephone_belongs_to_a_mission_of_the_table() -> None:
    known = {row.mission for rows in missions().rows.values() for row in rows}
    assert set(telephones()) <= known


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_country_has_a_name(language: str) -> None:
    assert all(country_name(code, language) for code in missions().countries)


def test_the_table_is_sorted_as_it_is_read() -> None:
    path = Path(commands.__file__).with_name("data") / "missions.csv"
    with path.open(newline="", encoding="utf-8") as file:
        lines = [(r["country"], r["region"], r["valid_from"]) for r in csv.DictReader(file)]
    assert lines == sorted(lines)
