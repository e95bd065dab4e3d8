"""What was done, as PostgreSQL keeps it and as `estafet process rerun` reads it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import sqlalchemy as sa
from estafet.complaint.v1 import service_pb2 as pb
from typer.testing import CliRunner

from services.chassis.errors import NotAllowed
from services.chassis.runtime import Work
from services.cli import process
from tests.complaint.builders import a_filing, api
from tests.databases import a_runtime, working

pytestmark = pytest.mark.database("complaint")
A_DAY = timedelta(days=1)


def an_end(engine: sa.Engine, ground: str) -> str:
    """A complaint that is answered and, five weeks later, ends on a ground; its id."""
    runtime = a_runtime(engine)
    with working(runtime, Work("FileComplaint")) as uow:
        complaint_id = api(uow).FileComplaint(a_filing()).complaint_id
    with working(runtime, Work("AnswerComplaint")) as uow:
        text = "What is the employer called (contoh)?"
        api(uow).AnswerComplaint(pb.AnswerComplaintRequest(complaint_id=complaint_id, text=text))
    with working(runtime, Work("CloseComplaint")) as uow:
        uow.now += 50 * A_DAY
        said = "(contoh)"
        request = pb.CloseComplaintRequest(complaint_id=complaint_id, ground=ground, text=said)
        api(uow).CloseComplaint(request)
    return complaint_id


def test_what_was_done_is_shown_in_order_with_rule_and_clock(database: sa.Engine) -> None:
    complaint_id = an_end(database, "no_clear_answer")
    with working(a_runtime(database), Work("GetHistory")) as uow:
        shown = api(uow).GetHistory(pb.GetHistoryRequest(complaint_id=complaint_id)).acts
    assert [(each.action, each.state) for each in shown] == [
        ("FileComplaint", ""),
        ("AnswerComplaint", "received"),
        ("CloseComplaint", "received"),
        ("miss", "received"),
    ]
    assert (shown[2].clock, shown[2].reason) == ("no_clear_answer", "no_clear_answer")
    assert shown[2].due_at.ToDatetime() < shown[2].acted_at.ToDatetime()
    assert {each.version for each in shown} == {"base"}


def test_who_comes_second_is_told_by_the_database_who_was_first(database: sa.Engine) -> None:
    complaint_id = an_end(database, "withdrawn")
    again = pb.CloseComplaintRequest(complaint_id=complaint_id, ground="withdrawn")
    request = pb.AnswerComplaintRequest(complaint_id=complaint_id, text="too late (contoh)")
    with working(a_runtime(database), Work("AnswerComplaint")) as uow:
        with pytest.raises(NotAllowed, match="last CloseComplaint by"):
            api(uow).AnswerComplaint(request)
        with pytest.raises(NotAllowed, match="is closed"):
            api(uow).CloseComplaint(again)


def test_history_comes_matter_by_matter(database: sa.Engine) -> None:
    first, second = an_end(database, "no_clear_answer"), an_end(database, "withdrawn")
    told = [(act.matter_id, act.action) for act in process.history(database)]
    acts = ("FileComplaint", "AnswerComplaint", "CloseComplaint", "miss")
    assert told == [(each, action) for each in sorted((first, second)) for action in acts]


def test_the_command_prints_what_a_draft_would_have_changed(
    database: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed, same = an_end(database, "no_clear_answer"), an_end(database, "withdrawn")
    output = told(database, monkeypatch, "rerun", "complaint", "--under", "ten_days")
    assert changed in output
    assert same not in output
    assert "complaint under ten_days: no_clear_answer 1; 1 of 2 matters" in output


def told(database: sa.Engine, monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    """What `estafet process` says of a database."""

    @contextmanager
    def this(_service: str) -> Iterator[sa.Engine]:
        yield database

    monkeypatch.setattr(process, "database_of", this)
    said = CliRunner().invoke(process.process_app, list(words))
    assert said.exit_code == 0, said.exception
    return said.output


def test_the_command_prints_what_was_done_with_one_thing(
    database: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, other = an_end(database, "no_clear_answer"), an_end(database, "withdrawn")
    output = told(database, monkeypatch, "acts", "complaint", shown)
    done = [line.split()[2] for line in output.splitlines() if line.startswith("2")]
    assert done == ["FileComplaint", "AnswerComplaint", "CloseComplaint", "miss"]
    assert "Perban BP2MI 6/2024 Art 30(1)b" in output
    assert other not in output


def test_what_nothing_was_done_with_is_told(
    database: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AssertionError, match="has written down no act about k1"):
        told(database, monkeypatch, "acts", "complaint", "k1")
