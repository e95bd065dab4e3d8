"""What every service forgets by itself, and what it never forgets."""

import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.chassis import command_log
from services.chassis.__main__ import Process
from services.chassis.command_log import Command
from services.chassis.container import Container
from services.chassis.errors import Invalid
from services.chassis.evidence_store import FolderStore
from services.chassis.housekeeping import housekeeping_of
from services.chassis.settings import Environment, Settings
from tests.databases import a_runtime
from tests.support.waiting import until

pytestmark = pytest.mark.database
LONG_AGO = 1_700_000_000
ID = "0190a000-0000-4000-8000-000000000001"


def command(request_hash: bytes = b"a request") -> Command:
    return Command("officer-1", "CloseComplaint", ID, request_hash)


def run(engine: sa.Engine, given: Command, answer: bytes) -> bytes | None:
    """The answer of an earlier command, or None after this one has run."""
    with Session(engine) as session, session.begin():
        earlier = given.begin(session, 5000)
        if earlier is None:
            given.finish(session, answer)
        return earlier


def grow_old(engine: sa.Engine, days: float) -> None:
    with engine.begin() as connection:
        connection.execute(
            sa.text("UPDATE command_log SET created_at = now() - make_interval(secs => :seconds)"),
            {"seconds": days * 86400},
        )


def forget(engine: sa.Engine) -> None:
    with Session(engine) as session, session.begin():
        command_log.forget(session)


def count(engine: sa.Engine, table: str) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(sa.text(f"SELECT count(*) FROM {table}")) or 0)


def test_a_command_is_answered_again_within_seven_days(database: sa.Engine) -> None:
    run(database, command(), b"done")
    grow_old(database, 6.99)
    forget(database)
    forget(database)
    assert run(database, command(), b"again") == b"done"


@pytest.mark.parametrize("times", [0, 1, 2, 3])
def test_a_request_id_is_refused_after_seven_days_however_often_answers_were_forgotten(
    database: sa.Engine, times: int
) -> None:
    run(database, command(), b"done")
    grow_old(database, 7.01)
    for _ in range(times):
        forget(database)
    for request_hash in (b"a request", b"another"):
        with pytest.raises(Invalid, match="more than 7 days ago") as refused:
            run(database, command(request_hash), b"again")
        assert refused.value.reason == "REQUEST_ID_EXPIRED"
        assert refused.value.fields[0][:2] == ("request_id", "age")


def test_a_row_goes_only_after_its_id_was_spent_by_an_earlier_transaction(
    database: sa.Engine,
) -> None:
    run(database, command(), b"done")
    grow_old(database, 8)
    forget(database)
    assert (count(database, "command_log"), count(database, "command_spent")) == (1, 1)
    forget(database)
    assert (count(database, "command_log"), count(database, "command_spent")) == (0, 1)


def test_a_spent_id_is_spent_for_its_caller_and_rpc_only(database: sa.Engine) -> None:
    run(database, command(), b"done")
    grow_old(database, 8)
    forget(database)
    for other in (
        replace(command(), caller="officer-2"),
        replace(command(), rpc="AnswerComplaint"),
    ):
        assert run(database, other, b"done") is None


@contextmanager
def keeping_house(engine: sa.Engine, evidence: Path | None = None) -> Iterator[None]:
    settings = Settings(environment=Environment.TEST, evidence_dir=evidence)
    runtime = replace(a_runtime(engine), settings=settings)
    container = Container(housekeeping_of("complaint"), runtime)
    container.start()
    try:
        yield
    finally:
        container.stop()


def ticked(engine: sa.Engine, name: str) -> Callable[[], bool]:
    def found() -> bool:
        query = sa.text("SELECT count(*) FROM tick WHERE name = :name")
        with engine.connect() as connection:
            return bool(connection.scalar(query, {"name": f"complaint.housekeeping.{name}"}))

    return found


def test_a_service_forgets_old_answers_by_itself(database: sa.Engine) -> None:
    run(database, command(), b"done")
    grow_old(database, 8)
    with keeping_house(database):
        until(lambda: count(database, "command_spent") == 1)


def test_a_service_sweeps_its_evidence_by_itself(database: sa.Engine, tmp_path: Path) -> None:
    FolderStore(tmp_path).put(str(uuid.uuid4()), b"of a transaction that failed")
    (path,) = tmp_path.glob("*/*")
    os.utime(path, (LONG_AGO, LONG_AGO))
    with keeping_house(database, tmp_path):
        until(lambda: not path.exists())


def test_a_service_without_evidence_keeps_house_too(database: sa.Engine) -> None:
    with keeping_house(database):
        until(ticked(database, "sweep_evidence"))


@pytest.mark.parametrize(
    ("roles", "keeps"), [(("api", "reactions", "relay"), True), (("api",), False)], ids=str
)
def test_whoever_runs_the_reactions_keeps_house(
    database: sa.Engine, roles: tuple[str, ...], keeps: bool
) -> None:
    process = Process(a_runtime(database), roles)
    names = [part.service_name for part in (*process._apis, *process._reactions)]
    assert ("complaint.housekeeping" in names) is keeps
