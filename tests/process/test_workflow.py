"""Law as data: what a workflow.toml says is what a service does."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.process.calendar import Span
from services.process.workflow import Workflow

MONDAY = datetime(2024, 3, 4, 3, 0, tzinfo=UTC)
CLOCK = """
[clocks.reply]
value = 3
span = "working_days"
source = "an article"
verified = {verified}
[grounds.silent]
article = "Art 1"
name_id = "diam"
name_en = "silent"
wait = {{ value = 6, span = "months", since = "answered_at" }}
"""


def a_workflow(tmp_path: Path, text: str = CLOCK, verified: str = "true") -> Workflow:
    path = tmp_path / "workflow.toml"
    path.write_text(text.format(verified=verified))
    return Workflow.load(path)


def test_a_clock_counts_its_span(tmp_path: Path) -> None:
    clock = a_workflow(tmp_path).clocks["reply"]
    assert clock.due_at(MONDAY) == datetime(2024, 3, 7, 9, 0, tzinfo=UTC)


def test_another_number_of_days_may_be_given(tmp_path: Path) -> None:
    clock = a_workflow(tmp_path).clocks["reply"]
    assert clock.due_at(MONDAY, 1) == datetime(2024, 3, 5, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("verified", "regulation"),
    [("true", "an article"), ("false", "belum diverifikasi: an article")],
)
def test_a_figure_that_no_article_gives_is_marked(
    tmp_path: Path, verified: str, regulation: str
) -> None:
    assert a_workflow(tmp_path, verified=verified).clocks["reply"].regulation == regulation


def test_a_ground_may_have_to_wait(tmp_path: Path) -> None:
    ground = a_workflow(tmp_path).grounds["silent"]
    assert ground.wait is not None
    assert (ground.wait.value, ground.wait.span, ground.since) == (6, Span.MONTHS, "answered_at")


def test_a_clock_without_a_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="source"):
        a_workflow(tmp_path, CLOCK.replace('source = "an article"', ""))
