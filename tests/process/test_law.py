"""Which version of a law holds for a matter."""

from datetime import date
from pathlib import Path

import pytest

from services.chassis.errors import Invalid
from services.process.law import WorkflowError, merged
from tests.process.laws import SMALL, a_law

AMENDED = """
[[amendment]]
name = "ten_days"
regulation = "Perban contoh 1/2025"
holds_from = 2025-01-01
[amendment.clocks.reply]
value = 10

[[amendment]]
name = "for_all"
regulation = "Perban contoh 2/2026"
holds_from = 2026-01-01
old_matters = true
[amendment.grounds.silent.wait]
value = 5

[[amendment]]
name = "a_draft"
regulation = "rancangan (contoh)"
[amendment.clocks.reply]
value = 7
[amendment.grounds]
silent = ""
"""
NEW_YEAR = date(2025, 1, 1)


def days(tmp_path: Path, opened_on: date, today: date) -> tuple[str, int, int]:
    """The version that holds, with the days of the clock and of the ground."""
    version = a_law(tmp_path, SMALL + AMENDED).of(opened_on, today)
    wait = version.workflow.grounds["silent"].wait
    assert wait is not None
    return version.name, version.workflow.clocks["reply"].value, wait.value


def test_a_matter_keeps_what_held_when_it_was_opened(tmp_path: Path) -> None:
    assert days(tmp_path, date(2024, 12, 31), date(2025, 6, 1)) == ("base", 15, 15)


def test_a_new_matter_has_what_holds_from_that_day_on(tmp_path: Path) -> None:
    assert days(tmp_path, NEW_YEAR, NEW_YEAR) == ("ten_days", 10, 15)


def test_an_amendment_may_say_that_it_holds_for_old_matters(tmp_path: Path) -> None:
    assert days(tmp_path, date(2024, 5, 1), date(2026, 1, 1)) == ("for_all", 15, 5)
    assert days(tmp_path, date(2025, 5, 1), date(2026, 1, 1)) == ("ten_days+for_all", 10, 5)


def test_a_draft_never_holds_and_can_be_tried(tmp_path: Path) -> None:
    law = a_law(tmp_path, SMALL + AMENDED)
    assert law.of(date(2099, 1, 1), date(2099, 1, 1)).name == "ten_days+for_all"
    tried = law.under("a_draft").workflow
    assert tried.clocks["reply"].value == 7
    assert tried.grounds == {}


def test_to_try_one_is_to_have_those_before_it(tmp_path: Path) -> None:
    law = a_law(tmp_path, SMALL + AMENDED)
    assert law.under("base").name == "base"
    assert law.under("ten_days").name == "ten_days"
    assert law.under("for_all").name == "ten_days+for_all"


def test_a_version_that_there_is_not_is_told_with_those_that_there_are(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="it has base, ten_days, for_all, a_draft"):
        a_law(tmp_path, SMALL + AMENDED).under("nine_days")


def test_what_an_amendment_breaks_is_told_with_its_name(tmp_path: Path) -> None:
    broken = AMENDED + "[amendment.process.matter.actions.End]\nroles = []\n"
    with pytest.raises(WorkflowError, match="a_draft: action End of matter: needs roles"):
        a_law(tmp_path, SMALL + broken)


def test_two_amendments_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WorkflowError, match="two amendments have one name"):
        a_law(tmp_path, SMALL + AMENDED.replace("for_all", "ten_days"))


def test_a_table_laid_over_another_changes_what_it_names_only() -> None:
    below = {"a": {"b": 1, "c": 2}, "d": 3, "e": 4}
    above = {"a": {"c": 5}, "d": {"x": 1}, "e": ""}
    assert merged(below, above) == {"a": {"b": 1, "c": 5}, "d": {"x": 1}}
    assert below == {"a": {"b": 1, "c": 2}, "d": 3, "e": 4}
