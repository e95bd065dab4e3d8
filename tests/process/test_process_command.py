"""`estafet process` where no database is needed."""

from typer.testing import CliRunner

from services.chassis.errors import Invalid
from services.cli.process import process_app


def test_versions_are_told_with_what_they_come_from() -> None:
    said = CliRunner().invoke(process_app, ["versions"]).output
    assert "ten_days" in said
    assert "a draft" in said
    assert "5 laws are read" in said


def test_a_process_is_drawn() -> None:
    said = CliRunner().invoke(process_app, ["show", "complaint"]).output
    assert "    triaged --> offered: OfferComplaint, ReferComplaint" in said
    assert "    closed --> [*]" in said


def test_all_processes_of_a_service_are_drawn_with_the_clocks_of_their_states() -> None:
    said = CliRunner().invoke(process_app, ["show", "complaint"]).output
    titles = [line for line in said.splitlines() if line.startswith("### ")]
    named = ["complaint", "officer", "invitation", "Clocks", "Ends of a matter"]
    assert titles == [f"### {name}" for name in named]
    assert "    received: received\n    received: triage, 3 working days\n" in said
    assert "    received: triage_in_danger, 1 calendar day\n" in said


def test_a_clock_is_shown_with_its_steps_and_a_ground_with_its_article() -> None:
    said = CliRunner().invoke(process_app, ["show", "complaint"]).output
    steps = "remind at 50 %, warn at 80 %, miss at 100 %, escalate at 200 %"
    assert f"- triage (received): 3 working days; {steps}. belum diverifikasi: SP4N" in said
    article = "Perban BP2MI 6/2024 Art 30(1)c"
    waits = "60 calendar days after last_contact; not if heard since answered_at"
    assert f"in a row; {waits}. {article}" in said
    assert "6 months after answered_at; not if heard since answered_at. Perban" in said


def test_a_service_that_ends_no_matter_shows_no_ends() -> None:
    said = CliRunner().invoke(process_app, ["show", "exchange"]).output
    titles = [line for line in said.splitlines() if line.startswith("### ")]
    assert titles == ["### offer", "### referral", "### Clocks"]


def test_what_must_be_on_file_is_shown_with_its_rule() -> None:
    said = CliRunner().invoke(process_app, ["show", "complaint"]).output
    rule = "Permen P2MI/Perban 23/2025 Art 18(4)"
    assert f"- the admission of the violation in the minutes ({rule}): RecommendSanction" in said
    assert "(Perban BP2MI 6/2024 Art 30(1)e): an end as unsolvable" in said


def test_a_service_without_a_law_and_a_version_that_there_is_not_are_told() -> None:
    asked = (
        ["show", "insight"],
        ["rerun", "complaint", "--under", "nine_days"],
    )
    found = [CliRunner().invoke(process_app, list(words)).exception for words in asked]
    assert all(isinstance(each, Invalid) for each in found)
    assert "exchange" in str(found[0])
    assert "it has base, ten_days" in str(found[1])
