"""`estafet mission` as it is printed."""

import pytest
from typer.testing import CliRunner

from services.chassis.errors import Invalid, NotFound
from services.cli.main import app
from services.complaint import commands


def printed(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["mission", *arguments])
    if result.exception is not None:
        raise result.exception
    return result.output


@pytest.fixture(autouse=True, scope="module")
def the_command() -> None:
    """As `estafet` does when it starts."""
    if "mission" not in {command.name for command in app.registered_commands}:
        commands.add_to(app, lambda _: None)


def test_the_command_says_the_mission_and_its_source() -> None:
    output = printed("MYS", "Pulau Pinang")
    assert "KJRI Penang serves Pulau Pinang, MYS" in output
    assert "https://" in output


def test_the_command_says_what_is_not_verified() -> None:
    assert "belum diverifikasi" in printed("sgp")


def test_the_command_says_that_the_region_is_not_known() -> None:
    assert "where the region of MYS is not known" in printed("MYS", "Atlantis")


def test_the_command_tells_a_day_in_the_past() -> None:
    assert "KJRI Kobe" in printed("JPN", "Osaka", "--on", "1990-01-01")


def test_the_command_says_that_a_country_has_none() -> None:
    with pytest.raises(NotFound, match="no mission is known for XXX"):
        printed("XXX")


def test_the_command_refuses_what_is_no_day() -> None:
    with pytest.raises(Invalid, match="yesterday is no day"):
        printed("MYS", "--on", "yesterday")
