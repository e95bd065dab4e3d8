"""Two batches whose records need the same rows in another order: one gives way, none is lost."""

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest
import sqlalchemy as sa

from services.chassis import batch
from services.chassis.batch import Batches
from services.chassis.envelope import Record
from services.chassis.handlers import Handlers
from services.chassis.progress import Delivery
from services.chassis.reaction import Reaction
from tests.databases import a_runtime

TOPIC, EVENT = "estafet.trial.v1", "trial.Event"
_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtext(:key))")


@dataclass
class Locks:
    """Stands for a handler: locks the row of its record's key; the first time, with the other."""

    both: threading.Barrier
    type_name: str = EVENT
    ran: list[str] = field(default_factory=list)

    def gets(self, _delivery: Delivery) -> tuple[type, ...]:
        return ()

    def run(self, delivery: Delivery, connection: Any, **_how: object) -> bool:
        connection.execute(_LOCK, {"key": delivery.record.key})
        if not self.ran:
            self.both.wait(10)
        self.ran.append(delivery.record.key)
        return False


def delivery(key: str, offset: int) -> Delivery:
    record = Record(
        topic=TOPIC,
        key=key,
        seq=1,
        record_id=f"{key}-1",
        type=EVENT,
        time=datetime.now(UTC),
        journey_id=key,
        actor="somebody",
        source="estafet.trial",
        headers={},
        position=(0, offset),
    )
    return Delivery(record, b"")


@pytest.mark.database
def test_a_batch_that_would_wait_long_gives_way(
    database: sa.Engine, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    # On a busy machine they meet after more than the time that a batch has.
    monkeypatch.setattr(batch, "BATCH_SECONDS", 60.0)
    runtime, both = a_runtime(database), threading.Barrier(2)
    orders = {"one": ("k1", "k2"), "other": ("k2", "k1")}
    with ThreadPoolExecutor(2) as threads:
        runs = []
        for name, keys in orders.items():
            handlers = Handlers()
            handlers.add(cast("Reaction", Locks(both)))
            batches = Batches(name, runtime, handlers)
            deliveries = [delivery(key, offset) for offset, key in enumerate(keys)]
            runs.append(threads.submit(batches.run, deliveries))
        offsets = [run.result(30) for run in runs]
    assert offsets == [{(TOPIC, 0): 2}] * 2
    undone = [vars(line)["error"] for line in caplog.records if line.message == "batch undone"]
    assert undone
    assert set(undone) == {"OperationalError (55P03)"}  # lock_not_available, not a deadlock
    with database.connect() as connection:
        done = connection.execute(sa.text("SELECT consumer, key FROM progress WHERE done_seq = 1"))
        assert {(row.consumer, row.key) for row in done} == {
            (name, key) for name in orders for key in ("k1", "k2")
        }
