"""2. The broker is killed, shut down, away for a minute, away for longer than clients wait.

Commands go on being accepted all the while: they are committed, and wait in the outbox.
"""

from __future__ import annotations

import time

import pytest

from infra.local.stack import Stack
from tests.faults.arena import a_seed, is_full, of_full
from tests.faults.books import Books, ask
from tests.faults.crew import Crew
from tests.faults.plays import ALL

pytestmark = pytest.mark.stack

COMMANDS = 5000
# The relay awaits acknowledgements for 30 s; a producer gives a batch up after 120 s by default.
AWAY_SECONDS = (60.0, 150.0) if is_full() else (5.0,)
PACE_SECONDS = 0.25
# One person at the gateway is one address, which may not ask as often as these do.
AT_THE_DOOR = "RATE_LIMITED"
UNSENT = "SELECT count(*) FROM outbox"


def test_whatever_becomes_of_the_broker_commands_are_accepted_and_arrive(books: Books) -> None:
    stack, commands = books.stack, of_full(COMMANDS)
    some = commands // 40
    with books.note(Crew(stack, ALL, a_seed(), commands, pace=PACE_SECONDS)) as crew:
        crew.reach(some)
        if is_full():
            stack.process("kafka").kill()
            come_back(stack, crew)
            crew.reach(crew.done + some)
            stack.process("kafka").stop()
            come_back(stack, crew)
        for seconds in AWAY_SECONDS:
            crew.reach(crew.done + some)
            stay_away(stack, crew, seconds)
    books.close()
    print(f"  {crew.done} commands")
    noticed = [wait for wait in crew.waits if wait.reason != AT_THE_DOOR]
    assert noticed == [], "a broker that is away is nothing that a caller should notice"


def stay_away(stack: Stack, crew: Crew, seconds: float) -> None:
    """The broker is killed and comes back after so long; until then people are at work."""
    before = crew.done
    stack.process("kafka").kill()
    time.sleep(seconds)
    accepted, unsent = crew.done - before, unsent_rows(stack)
    come_back(stack, crew)
    back = time.monotonic()
    settle_outbox(stack, unsent)
    drained = time.monotonic() - back
    print(
        f"  away for {seconds:.0f} s: {accepted} commands accepted, {unsent} rows waited, "
        f"drained {drained:.1f} s after it was back"
    )
    assert accepted > seconds, "commands were not accepted any more"
    assert unsent > seconds, "nothing waited in the outbox"


def come_back(stack: Stack, crew: Crew) -> None:
    with crew.aside():
        stack.process("kafka").start()
        stack.process("kafka").wait()


def unsent_rows(stack: Stack) -> int:
    return sum(int(ask(stack, service, UNSENT)[0][0]) for service in stack.services)


def settle_outbox(stack: Stack, waited: int) -> None:
    """Wait until what waited has left; what people add meanwhile leaves as it comes."""
    deadline = time.monotonic() + 60
    while unsent_rows(stack) > waited // 10:
        assert time.monotonic() < deadline, f"{unsent_rows(stack)} rows still wait"
        time.sleep(0.1)
