"""3. PostgreSQL crashes, has no connection left, keeps a row locked, has no room on its disk.

Callers are told UNAVAILABLE, nothing is half done, and no service has to be started again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack

import psutil
import psycopg
import pytest

from infra.local.postgres import end_leftovers
from infra.local.stack import Stack
from tests.faults.arena import a_seed, is_full, of_full, only_in_full
from tests.faults.books import Books
from tests.faults.crew import AGAIN_SECONDS, Crew, Person, Play
from tests.faults.disk import a_small_disk, why_not
from tests.faults.plays import ALL, anything, go_round, hand_over

pytestmark = pytest.mark.stack

COMMANDS = 500
PACE_SECONDS = 0.02 if is_full() else 0.1
TROUBLE_SECONDS = 10.0 if is_full() else 3.0
LOCKED_SECONDS = 15.0
# What is measured is who is held up by locked rows, and not by the others' hurry.
LOCKED_PACE_SECONDS = 0.2
CRASHES = 3 if is_full() else 1
TELLS_DATABASE = {"DATABASE_DOWN"}
TELLS_BUSY = {"BUSY"}
# By gRPC and by HTTP.
UNAVAILABLE = {"UNAVAILABLE", "503"}


Trouble = Callable[[Stack, Crew], None]
NO_DISK = why_not()


def worked_through(
    books: Books, trouble: Trouble, reasons: set[str], plays: Sequence[Play] = ALL
) -> None:
    """People work before, through and after the trouble; then everything is counted.

    Whoever could not be served was told so in the one way, and no process was started again.
    """
    stack, commands = books.stack, of_full(COMMANDS)
    pids = [stack.process(service).pid for service in stack.services]
    with books.note(Crew(stack, plays, a_seed(), commands, pace=PACE_SECONDS)) as crew:
        crew.reach(commands // 3)
        trouble(stack, crew)
        crew.reach(crew.done + commands // 6)
    books.close()
    told = {(wait.code, wait.reason) for wait in crew.waits}
    print(f"  {crew.done} commands, {len(crew.waits)} times told to wait: {sorted(told)}")
    assert [stack.process(service).pid for service in stack.services] == pids
    clear = {wait.reason for wait in crew.waits if wait.code in UNAVAILABLE}
    assert clear & reasons, f"nobody was told what is wrong: {sorted(told)}"


def test_it_crashes_under_load(books: Books) -> None:
    def crash(stack: Stack, crew: Crew) -> None:
        for _ in range(CRASHES):
            kill_with_children(stack)
            time.sleep(TROUBLE_SECONDS / 2)
            stack.process("postgres").start()
            stack.process("postgres").wait()
            crew.reach(crew.done + 20)

    worked_through(books, crash, TELLS_DATABASE)


def kill_with_children(stack: Stack) -> None:
    """The postmaster and all its children at once, as when the machine's memory runs out."""
    process = stack.process("postgres")
    assert process.pid is not None
    running = psutil.Process(process.pid)
    for each in (running, *running.children(recursive=True)):
        each.kill()
    end_leftovers(stack.postgres.folder)


@only_in_full
def test_it_has_no_connection_left(books: Books) -> None:
    def take_all(stack: Stack, crew: Crew) -> None:
        with ExitStack() as held, psycopg.connect(stack.admin_dsn, autocommit=True) as admin:
            until = time.monotonic() + TROUBLE_SECONDS
            while time.monotonic() < until:
                # The services are quick to take a place that is free: take theirs, too.
                fill_up(stack, held)
                end_sessions(admin)
        crew.reach(crew.done + 20)

    worked_through(books, take_all, TELLS_DATABASE)


def end_sessions(admin: psycopg.Connection) -> None:
    """Have the services lose the connections that they hold."""
    admin.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE '%\\_app'"
    )


def fill_up(stack: Stack, held: ExitStack) -> None:
    """Take every connection that an ordinary user can get."""
    dsn = stack.dsn(stack.services[0], "auditor")
    with pytest.raises(psycopg.OperationalError) as full:
        hold_more_and_more(dsn, held)
    assert "connection slots" in str(full.value) or "too many clients" in str(full.value)


def hold_more_and_more(dsn: str, held: ExitStack) -> None:
    while True:
        held.enter_context(psycopg.connect(dsn))


@only_in_full
def test_a_row_stays_locked(books: Books) -> None:
    def lock(stack: Stack, crew: Crew) -> None:
        bystander = crew.hire()
        crew.pace = LOCKED_PACE_SECONDS
        with ExitStack() as held:
            for service in stack.services:
                connection = held.enter_context(psycopg.connect(stack.dsn(service)))
                lock_newest_matters(connection)
            keep_handing_over(bystander, LOCKED_SECONDS)
        matters = len(bystander.finished)
        print(f"  a bystander handed over {matters} new matters in the meantime")
        assert matters > LOCKED_SECONDS / 4, "locked rows held up everybody"

    worked_through(books, lock, TELLS_BUSY, (hand_over, go_round, anything))


def lock_newest_matters(connection: psycopg.Connection) -> None:
    """What an operator's open session would do to some matters that people work on."""
    connection.execute(
        "SELECT FROM matter WHERE closed_at IS NULL ORDER BY opened_at DESC LIMIT 8 FOR UPDATE"
    )


def keep_handing_over(person: Person, seconds: float) -> None:
    """Whole matters one after the other: each needs the consumers of both sides to go on."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for must_wait in hand_over(person):
            if must_wait:
                time.sleep(AGAIN_SECONDS)


@pytest.mark.skipif(bool(NO_DISK), reason=f"no small disk can be made here: {NO_DISK}")
def test_its_disk_is_full(books: Books) -> None:
    with a_small_disk(books.stack) as disk:

        def fill(stack: Stack, crew: Crew) -> None:
            disk.fill()
            time.sleep(TROUBLE_SECONDS)
            disk.make_room()
            # A full disk may have ended PostgreSQL; who watches over it starts it again.
            stack.process("postgres").start()
            stack.process("postgres").wait()
            crew.reach(crew.done + 20)

        worked_through(books, fill, TELLS_DATABASE)
