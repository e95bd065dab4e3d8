"""Events that are committed one by one at random moments, and when each could be read."""

import json
import random
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import psycopg
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.chassis.outbox import OutboxRow, append
from tests.bench.figures import Sample, percentile
from tests.bench.outbox import PAYLOAD, SERVICE, TOPIC, Outbox, headers_of_an_event
from tests.bench.pinned import DRIVER_CORE, cpu_seconds

PER_SECOND = 100
SECONDS = 15.0
WARM_SECONDS = 2.0
LAST_SECONDS = 2.0
KEYS = 500
READER = ("-m", "tests.bench.peers.reader")

# Stores one event with these headers in the session's transaction.
Store = Callable[[Session, OutboxRow], None]


def into_our_outbox(session: Session, row: OutboxRow) -> None:
    """As `emit` does."""
    append(session, row)


@dataclass
class Writer:
    """One process that writes, as an api would, and another that reads."""

    outbox: Outbox
    keys: list[str] = field(default_factory=lambda: [str(uuid.uuid4()) for _ in range(KEYS)])
    chance: random.Random = field(default_factory=lambda: random.Random(4))  # noqa: S311 - no secret

    @cached_property
    def _engine(self) -> sa.Engine:
        dsn = self.outbox.stack.dsn(SERVICE)
        return sa.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(dsn))

    def delays(self, pid: int, store: Store) -> Sample:
        """p50 and p95 in ms from the end of COMMIT to the return of the reader's poll, and the
        CPU that the process between them takes in a second."""
        with tempfile.TemporaryDirectory(dir=self.outbox.stack.layout.run) as folder:
            file = Path(folder) / "seen"
            with self.outbox.process(*READER, str(file), core=DRIVER_CORE):
                while not file.exists():
                    time.sleep(0.05)
                # The process between them may still be starting.
                before = self.outbox.count()
                self.outbox.wait(before + len(self._write(WARM_SECONDS, store)))
                cpu = cpu_seconds(pid)
                committed = self._write(SECONDS, store)
                used = cpu_seconds(pid) - cpu
                time.sleep(LAST_SECONDS)
            seen = json.loads(file.read_text())
        delays = [(seen[event] - at) * 1000 for event, at in committed.items()]
        return {
            "p50_ms": percentile(delays, 0.50),
            "p95_ms": percentile(delays, 0.95),
            "cpu_ms": used / SECONDS * 1000,
        }

    def _write(self, seconds: float, store: Store) -> dict[str, float]:
        """Commit events for so long: ce_id to the instant at which COMMIT had returned."""
        committed = {}
        due = time.monotonic()
        until = due + seconds
        while (due := due + self.chance.expovariate(PER_SECOND)) < until:
            time.sleep(max(0.0, due - time.monotonic()))
            row = OutboxRow(TOPIC, self.chance.choice(self.keys), headers_of_an_event(), PAYLOAD)
            with Session(self._engine) as session:
                store(session, row)
                session.commit()
                committed[row.headers["ce_id"]] = time.monotonic()
        return committed
