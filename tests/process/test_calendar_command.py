"""`estafet calendar`: whose days off there are, and what a clock comes to."""

import pytest
from typer.testing import CliRunner

from services.chassis.errors import EstafetError
from services.cli.calendar import calendar_app
from services.process.calendar import LIBRARY


def said(*words: str) -> list[str]:
    """What the command prints."""
    return CliRunner().invoke(calendar_app, list(words), catch_exceptions=False).output.split("\n")


def test_days_off_are_shown_with_their_source_and_the_unit_with_its_own() -> None:
    lines = said("show", "kbri_riyadh", "2026")
    assert lines[0] == "kbri_riyadh: KBRI Riyadh, Asia/Riyadh, closes at 16:00"
    assert lines[1] == "weekend: friday, saturday"
    assert lines[2].startswith("source: belum diverifikasi: ")
    assert lines[3] == "version: base"
    assert f"2026-03-20  Fri  Cuti Bersama Hari Raya Idul Fitri ({LIBRARY})" in lines
    assert lines[-2] == "2026: 25 days off, 243 working days"


def test_a_clock_is_counted_with_the_days_that_it_passes_over() -> None:
    lines = said("count", "bp3mi_bali", "2026-03-17T16:30+08:00", "1", "working_days")
    assert lines[4:6] == ["from Tue 2026-03-17 16:30 WITA", "day zero is Wed 2026-03-25"]
    assert lines[6] == f"passes over Wed 2026-03-18: Cuti Bersama Hari Suci Nyepi ({LIBRARY})"
    assert len([line for line in lines if line.startswith("passes over")]) == 7
    assert lines[-2] == "ends Thu 2026-03-26 16:00 WITA, 2026-03-26 08:00 UTC"


def test_a_weekend_that_is_passed_over_is_told_by_its_day() -> None:
    lines = said("count", "kbri_doha", "2026-01-08T09:00+03:00", "1", "working_days")
    assert "passes over Fri 2026-01-09: friday" in lines


def test_calendar_days_pass_over_nothing() -> None:
    lines = said("count", "kp2mi", "2026-03-17T09:00+07:00", "7", "calendar_days")
    assert lines[4:] == [
        "from Tue 2026-03-17 09:00 WIB",
        "ends Tue 2026-03-24 09:00 WIB, 2026-03-24 02:00 UTC",
        "",
    ]


START = "2026-03-17T09:00+07:00"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("show moon", r"calendars\.toml has no unit moon; it has kp2mi"),
        ("show kp2mi 2031", "no holiday data for 2031 by the calendar of kp2mi"),
        ("show kp2mi --known-on 2026-13-01", "2026-13-01 is no day"),
        ("count kp2mi yesterday 1 working_days", "yesterday is no instant: write it as"),
        ("count kp2mi 2026-03-17T09:00 1 working_days", "2026-03-17T09:00 has no time zone: add"),
        ("count kp2mi 2027-12-30T09:00+07:00 9 working_days", "no holiday data for 2028"),
    ],
)
def test_what_cannot_be_shown_or_counted_is_told_in_a_sentence(words: str, told: str) -> None:
    with pytest.raises(EstafetError, match=told):
        said(*words.split())


@pytest.mark.parametrize("words", ["0 weeks", "-1 months", "1.5 months"])
def test_a_span_or_number_that_there_is_not_is_bad_usage(words: str) -> None:
    asked = ["count", "kp2mi", START, *words.split()]
    assert CliRunner().invoke(calendar_app, asked).exit_code == 2
