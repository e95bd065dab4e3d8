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


@pytest.mark.parametrize("misspelt", ["hold_from = 2026-01-01", "old_matter = true"])
def test_a_head_that_is_misspelt_is_refused_by_its_name(tmp_path: Path, misspelt: str) -> None:
    told = AMENDED.replace("[amendment.clocks.reply]", f"{misspelt}\n[amendment.clocks.reply]", 1)
    with pytest.raises(WorkflowError, match=f"{misspelt.split(maxsplit=1)[0]}: Extra inputs"):
        a_law(tmp_path, SMALL + told)


def test_amendments_are_laid_over_each_other_by_date_wherever_they_stand(tmp_path: Path) -> None:
    later = AMENDED.replace("2025-01-01", "2027-01-01").replace("value = 10", "value = 3")
    earlier = AMENDED.replace("ten_days", "nine").replace("value = 10", "value = 9")
    law = a_law(tmp_path, SMALL + later[: later.index("[[amendment]]", 20)] + earlier)
    assert [each.name for each in law.amendments] == ["nine", "for_all", "ten_days", "a_draft"]
    today = date(2027, 6, 1)
    assert law.of(today, today).workflow.clocks["reply"].value == 3
    assert law.under("a_draft").workflow.clocks["reply"].value == 7


def test_a_version_that_holds_for_some_matters_only_is_checked_as_well(tmp_path: Path) -> None:
    only_with_the_first = """
[[amendment]]
name = "first"
regulation = "Perban contoh 1/2025"
holds_from = 2025-01-01
[amendment.clocks.nap]
value = 1
span = "months"
at = { 100 = "wake" }
source = "contoh"
verified = false
[[amendment]]
name = "second"
regulation = "Perban contoh 2/2026"
holds_from = 2026-01-01
old_matters = true
[amendment.clocks.nap]
value = 2
"""
    with pytest.raises(WorkflowError, match=r"clocks\.nap\.span: Field required"):
        a_law(tmp_path, SMALL + only_with_the_first)


@pytest.mark.parametrize(
    ("taken", "told"),
    [
        ('[amendment.clocks]\nreply = ""', "a_draft: clock reply is taken away"),
        ('[amendment.process.matter.actions]\nEnd = ""', "a_draft: action End of matter is taken"),
    ],
)
def test_what_the_code_names_is_not_taken_away(tmp_path: Path, taken: str, told: str) -> None:
    draft = f'\n[[amendment]]\nname = "a_draft"\nregulation = "rancangan (contoh)"\n{taken}\n'
    with pytest.raises(WorkflowError, match=told):
        a_law(tmp_path, SMALL + draft)


def test_an_act_names_its_version(tmp_path: Path) -> None:
    law = a_law(tmp_path, SMALL + AMENDED)
    for name in ("base", "ten_days", "ten_days+for_all"):
        found = law.named(name)
        assert found is not None
        assert found.name == name
    assert law.named("gone") is None


def test_a_table_laid_over_another_changes_what_it_names_only() -> None:
    below = {"a": {"b": 1, "c": 2}, "d": 3, "e": 4}
    above = {"a": {"c": 5}, "d": {"x": 1}, "e": ""}
    assert merged(below, above) == {"a": {"b": 1, "c": 5}, "d": {"x": 1}}
    assert below == {"a": {"b": 1, "c": 2}, "d": 3, "e": 4}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("[clocks]\nreply = 3\n", "clocks.reply: Input should be a valid dictionary"),
        ("[process.matter.states]\nopen = 3\n", "process.matter.states.open: Input should be"),
        ("[process.matter.actions.End]\nmoves = 3\n", "process.matter.actions.End.moves: Input"),
        ("[process]\nmatter = 3\n", "process.matter: Input should be a valid dictionary"),
    ],
)
def test_what_is_no_table_is_refused_by_its_place(tmp_path: Path, more: str, told: str) -> None:
    head = '[[amendment]]\nname = "odd"\nregulation = "rancangan (contoh)"\n'
    with pytest.raises(WorkflowError, match=told):
        a_law(tmp_path, SMALL + head + more.replace("[", "[amendment.", 1))
    with pytest.raises(WorkflowError, match=r"amendment: each is written under"):
        a_law(tmp_path, "amendment = 3\n" + SMALL)
