"""8. The trace receiver is dead, or takes connections and never answers: nobody notices.

How much work a command is, is measured as CPU time of the service's process per command, which is
stable where throughput on a shared machine is not: that is printed, and held to a loose bound,
since who waits takes no CPU. One process lives through rounds in turn with a receiver that is well,
dead and hanging, every other turn the other way round; each is compared with the round of its turn
in which the receiver was well, and what counts is the median. And it stops in time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

import psutil
import pytest

from infra.local.ports import LOOPBACK
from infra.local.stack import Stack
from tests.faults.arena import a_seed, is_full, told_otherwise
from tests.faults.books import Books
from tests.faults.crew import Course, Crew, Person
from tests.support.tcp_proxy import TcpProxy

pytestmark = pytest.mark.stack

SERVICE = "complaint"
COMMANDS = 500 if is_full() else 200
# One short round of each is a coarser measure.
MOST_CPU, LEAST_RATE = (1.10, 0.7) if is_full() else (1.5, 0.6)
PACE_SECONDS = 0.04 if is_full() else 0.15
TURNS = 3 if is_full() else 1
# What an earlier round left in the queue of spans is sent, or is given up, before a round counts;
# and in full a round is longer than the 5 s after which an export is given up.
LEAD_SECONDS, ROUND_SECONDS = (2.0, 6.5) if is_full() else (1.0, 2.0)
STOP_SECONDS = 5.0
WELL, DEAD, HANGING = "well", "dead", "hanging"


@dataclass(frozen=True)
class Round:
    """What was done in one round, and what it took."""

    commands: int
    seconds: float
    cpu_seconds: float

    @property
    def cpu(self) -> float:
        """CPU seconds of the process per command."""
        return self.cpu_seconds / self.commands

    @property
    def rate(self) -> float:
        """Commands a second."""
        return self.commands / self.seconds


def file(person: Person) -> Course:
    """File a complaint and leave it at that: every act is the same work."""
    person.act("complaint", "FileComplaint", narrative="Gaji tidak dibayar (contoh).")
    yield False


@dataclass
class Traced:
    """Everything, with a receiver of traces that may be struck."""

    stack: Stack
    receiver: TcpProxy

    def strike(self, state: str) -> None:
        """From now on the receiver is well, dead or hanging."""
        {WELL: self.receiver.heal, DEAD: self.receiver.cut, HANGING: self.receiver.hang}[state]()


@pytest.fixture
def traced(books: Books) -> Iterator[Traced]:
    stack = books.stack
    stack.run(stack.part_program("receiver"))
    with TcpProxy(stack.ports.get("receiver_near"), stack.ports.get("receiver")) as receiver:
        told = {"ESTAFET_OTLP_ENDPOINT": f"http://{LOOPBACK}:{receiver.port}"}
        with told_otherwise(stack, SERVICE, told):
            yield Traced(stack, receiver)


def test_a_receiver_that_is_dead_or_hangs_costs_nothing_and_delays_no_stop(
    traced: Traced, books: Books
) -> None:
    stack = traced.stack
    rounds: dict[str, list[Round]] = {WELL: [], DEAD: [], HANGING: []}
    with books.note(Crew(stack, (file,), a_seed(), by_http=False, pace=PACE_SECONDS)) as crew:
        crew.reach(COMMANDS // 5)
        assert stack.spans.find(limit=1, service=SERVICE), "there is nothing to be traced"
        for turn in range(TURNS):
            for state in (WELL, DEAD, HANGING)[:: -1 if turn % 2 else 1]:
                traced.strike(state)
                time.sleep(LEAD_SECONDS)
                rounds[state].append(a_round(stack, crew))
        traced.strike(HANGING)
        seconds, code = stop(stack)
        print(f"  with a hanging receiver, under load: stopped in {seconds:.2f} s with {code}")
        stack.process(SERVICE).start()
        stack.process(SERVICE).wait()
        crew.reach(max(COMMANDS, crew.done + crew.people))
    books.close()
    assert (code, seconds < STOP_SECONDS) == (0, True)
    assert_costs_nothing(rounds)


def a_round(stack: Stack, crew: Crew) -> Round:
    """Let people work for a while."""
    process = psutil.Process(stack.process(SERVICE).pid)
    began, cpu, done = time.monotonic(), process.cpu_times(), crew.done
    time.sleep(ROUND_SECONDS)
    spent = process.cpu_times()
    cpu_seconds = spent.user + spent.system - cpu.user - cpu.system
    return Round(crew.done - done, time.monotonic() - began, cpu_seconds)


def stop(stack: Stack) -> tuple[float, Any]:
    """How long the service takes to end once it is told to, and with which code."""
    process = psutil.Process(stack.process(SERVICE).pid)
    began = time.monotonic()
    process.terminate()
    code = process.wait(4 * STOP_SECONDS)
    return time.monotonic() - began, code


def assert_costs_nothing(rounds: dict[str, list[Round]]) -> None:
    for state in (DEAD, HANGING):
        pairs = list(zip(rounds[state], rounds[WELL], strict=True))
        cpu = [struck.cpu / well.cpu for struck, well in pairs]
        rate = [struck.rate / well.rate for struck, well in pairs]
        print(
            f"  {state}: CPU per command {shown(cpu)} of that with a receiver that is well, "
            f"commands a second {shown(rate)}"
        )
        assert median(cpu) < MOST_CPU, f"{state}: {shown(cpu)}"
        assert median(rate) > LEAST_RATE, f"{state}: {shown(rate)}"


def shown(ratios: list[float]) -> str:
    return f"{median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})"
