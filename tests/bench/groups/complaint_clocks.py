"""100,000 clocks that are due at once, while officers act: how long they take, and how much later
the officers are answered.

The same 100,000 complaints reach three steps of their clocks, one after the other; then 100,000
offers lapse at once. Before each the officers act alone. The api, and what reacts and relays, are
processes of their own, as the chart has them; nothing has a core to itself. BENCH_CLOCKS is another
number than 100,000.
"""

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import psycopg

from infra.local.discovery import discover
from infra.local.layout import BUILD
from infra.local.stack import Stack
from services.chassis.clock import Clock
from services.process.calendar import JAKARTA
from tests.bench import cases
from tests.bench.figures import Figure, at_most, told
from tests.bench.live import Live, after
from tests.bench.office import SERVICE, Office
from tests.bench.pinned import cpu_seconds, pin
from tests.support.superuser import superuser_dsn
from tests.support.waiting import until

COUNT = int(os.environ.get("BENCH_CLOCKS", "100000"))
PARTS = ("postgres", "kafka", "identity", "receiver")
MOST_SECONDS, MOST_TIMES = 300, 2
ALONE_SECONDS = 20
# A working day's hours: all is over before the next morning's digests.
BEGINS = datetime(2026, 12, 1, 8, 30, tzinfo=JAKARTA)
ENDS = BEGINS + timedelta(hours=10)
LAPSE_AT = ENDS + timedelta(hours=1)
STEPS = {"50 %": 0.5, "80 %": 0.8, "the end": 1.0}
A_MOMENT = timedelta(seconds=1)

_STEPS_LEFT = "SELECT EXISTS (SELECT FROM complaint WHERE clock_step_at <= %s)"
_TIMERS_LEFT = "SELECT EXISTS (SELECT FROM timer WHERE due_at <= %s)"
# Once a lapse is read back, the complaint has a clock of its own again.
_OFFERS_UNHEARD = "SELECT EXISTS (SELECT FROM complaint WHERE clock = 'offer' AND %s IS NOT NULL)"


@dataclass
class Day:
    """A day of the deputy: its time, its database, its officers."""

    stack: Stack
    clock: Clock
    live: Live
    worker: int

    def is_left(self, query: str) -> bool:
        with psycopg.connect(superuser_dsn(self.stack, SERVICE)) as database:
            [(left,)] = database.execute(query.encode(), (self.clock.now(),)).fetchall()
        return bool(left)

    def burst(self, at: datetime, query: str) -> "Burst":
        """Officers act alone, then while all that is due at an instant is handled."""
        alone = self.live.p95_ms(after(ALONE_SECONDS))
        cpu, began = cpu_seconds(self.worker), time.monotonic()
        self.clock.advance_to(at + A_MOMENT)
        beside = self.live.p95_ms(lambda: not self.is_left(query))
        seconds, used = time.monotonic() - began, cpu_seconds(self.worker) - cpu
        return Burst(alone, beside, seconds, used / COUNT * 1e6)


@dataclass(frozen=True)
class Burst:
    """What was seen."""

    alone_ms: float
    beside_ms: float
    seconds: float
    cpu_us: float


def measure() -> Sequence[Figure]:
    """Three steps, and a lapse."""
    with _a_day() as day:
        steps = [
            day.burst(BEGINS + (ENDS - BEGINS) * share, _STEPS_LEFT) for share in STEPS.values()
        ]
        lapse = day.burst(LAPSE_AT, _TIMERS_LEFT)
        began = time.monotonic()
        until(lambda: not day.is_left(_OFFERS_UNHEARD), seconds=600)
        heard = lapse.seconds + time.monotonic() - began
    return [
        *_figures(f"{COUNT:,} steps", steps),
        *_figures(f"{COUNT:,} lapses", [lapse]),
        told(f"{COUNT:,} lapses: until each is heard", [heard], "s"),
    ]


def _figures(what: str, bursts: Sequence[Burst]) -> list[Figure]:
    slower = [each.beside_ms / each.alone_ms for each in bursts]
    seconds = [each.seconds for each in bursts]
    return [
        told(f"{what}: handled within", seconds, "s", at_most(MOST_SECONDS)),
        told(f"{what}: live p95 beside to alone", slower, "x", at_most(MOST_TIMES)),
        told(f"{what}: live p95 alone", [each.alone_ms for each in bursts], "ms"),
        told(f"{what}: live p95 beside", [each.beside_ms for each in bursts], "ms"),
        told(f"{what}: CPU each", [each.cpu_us for each in bursts], "us"),
    ]


@contextmanager
def _a_day() -> Iterator[Day]:
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=BUILD) as home:
        clock = Clock(Path(home) / "clock.json", movable=True)
        clock.start_at(BEGINS)
        with Stack(Path(home), discover().services, PARTS, kind="local", fsync=True) as stack:
            stack.estafet("migrate")
            stack.estafet("topics", "apply")
            complaints = _fill(stack)
            office = Office(stack)
            subject = office.subject()
            worker = stack.service_program(SERVICE, office.opened, roles="reactions,relay")
            pid = stack.run(worker).pid
            if pid is None:
                raise RuntimeError(f"{worker.name} has ended")
            pin(subject.pid, *os.sched_getaffinity(0))
            yield Day(stack, clock, Live(office, subject, complaints), pid)


def _fill(stack: Stack) -> list[str]:
    dsn = superuser_dsn(stack, SERVICE)
    first = cases.Clock("distribution", BEGINS, ENDS, BEGINS + (ENDS - BEGINS) / 2)
    offer = cases.Clock("offer", BEGINS, LAPSE_AT)
    return [
        *cases.make(dsn, 1, COUNT, first),
        *cases.make(dsn, COUNT + 1, COUNT, offer, offered=True),
    ]
