"""11. SIGTERM under load: every call that was accepted is answered, all is committed, in 10 s."""

from __future__ import annotations

import signal
import time

import psutil
import psycopg
import pytest

from infra.local.discovery import GATEWAY
from infra.local.stack import Stack
from tests.faults.arena import a_seed, is_full, of_full
from tests.faults.books import Books, ask
from tests.faults.crew import Crew
from tests.faults.plays import ALL

pytestmark = pytest.mark.stack

COMMANDS = 600
PACE_SECONDS, ROUNDS = (0.0, 2) if is_full() else (0.25, 1)
STOP_SECONDS = 10.0
_CREATED = """
SELECT caller, rpc, request_id::text, extract(epoch FROM created_at) FROM command_log
"""
_AT_WORK = "SELECT count(*) FROM pg_stat_activity WHERE usename = %s AND xact_start IS NOT NULL"


def test_a_process_that_is_told_to_stop_answers_what_it_has_accepted(books: Books) -> None:
    stack = books.stack
    names = (*stack.services, GATEWAY)
    commands = of_full(COMMANDS)
    with books.note(Crew(stack, ALL, a_seed(), commands, pace=PACE_SECONDS)) as crew:
        for number, name in enumerate(names * ROUNDS):
            crew.reach(commands * (number + 1) // (ROUNDS * len(names) + 1))
            stack.process(name).wait()
            spent = told_to_stop(stack, name)
            print(f"  {name} ended after {spent:.1f} s")
            stack.process(name).start()
        for name in names:
            stack.process(name).wait()
    books.close()
    assert crew.waits, "nobody noticed that a process was away"
    assert unanswered(stack, crew) == []


def told_to_stop(stack: Stack, name: str) -> float:
    """Send SIGTERM; the seconds until it had ended, in good order."""
    process = stack.process(name)
    assert process.pid is not None
    running = psutil.Process(process.pid)
    began = time.monotonic()
    running.send_signal(signal.SIGTERM)
    assert running.wait(STOP_SECONDS) == 0, f"{name} did not end in good order"
    spent = time.monotonic() - began
    with psycopg.connect(stack.admin_dsn) as admin:
        [(at_work,)] = admin.execute(_AT_WORK, (f"{name}_app",)).fetchall()
    assert at_work == 0, f"{name} has left a transaction open"
    return spent


def unanswered(stack: Stack, crew: Crew) -> list[str]:
    """Commands that were done by a try that got no answer: the answer came by a later try."""
    done_at = {
        (service, *name): float(at)
        for service in stack.services
        for *name, at in ask(stack, service, _CREATED)
    }
    found = []
    for told in crew.told:
        act = told.act
        at = done_at.get((act.service, act.subject, act.rpc, act.request.request_id))  # type: ignore[attr-defined] # commands have one
        if at is not None and told.tries > 1 and at < told.asked_at:
            found.append(f"{act}: done {told.asked_at - at:.3f} s before it was asked again")
    return found
