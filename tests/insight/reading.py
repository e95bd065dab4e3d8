"""Insight's reactions on a database without a broker: records run as its consumer runs them."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import sqlalchemy as sa
from estafet.complaint.v1.events_pb2 import ComplaintFiled, ComplaintTriaged
from google.protobuf.message import Message

from services.chassis.batch import Batches
from services.chassis.catalogue import CUSTODY_TOPIC
from services.chassis.consumer import Consumer
from services.chassis.container import Container
from services.chassis.progress import Delivery
from services.chassis.testing import a_record
from services.insight.reactions import InsightReactions
from tests.databases import a_runtime
from tests.handover import history

TABLES = ("seen", "holding", "awaited", "matter", "offer", "progress")
Log = list[Delivery]


def delivery(event: Message, service: str, seq: int, **envelope: Any) -> Delivery:
    """An event as it is read; `envelope` stands in place of what its record would have."""
    record = replace(a_record(event, service=service, seq=seq), **envelope)
    headers = {"traceparent": f"00-{seq:032x}-{1:016x}-01"}
    return Delivery(replace(record, headers=headers), event.SerializeToString())


@cache
def a_history(seed: int, length: int = 180) -> list[Log]:
    """All that four services told, each key's records in order: custody, replies, plain events,
    and events of a type that nobody knows yet. A relay has repeated some."""
    world = history.run(history.by_chance(seed, length))
    logs = [
        [delivery(sent.event, sent.writer, sent.seq, time=sent.at) for sent in log]
        for log in world.topics.values()
        if log
    ]
    for number in range(8):
        key = f"complaint-{number}"
        logs.append(
            [
                delivery(ComplaintFiled(complaint_id=key), "complaint", 1, journey_id="m1"),
                delivery(ComplaintTriaged(complaint_id=key), "complaint", 2, type="trial.Later"),
                delivery(ComplaintTriaged(complaint_id=key), "complaint", 3),
            ]
        )
    return logs


def custody_logs(logs: Iterable[Log]) -> dict[str, Log]:
    """The custody logs among these, each record once."""
    return {
        log[0].record.key: list({each.record.seq: each for each in log}.values())
        for log in logs
        if log[0].record.topic == CUSTODY_TOPIC
    }


def interleaved(logs: Sequence[Log], chance: random.Random) -> Log:
    """These records in one order of many: each key's own is kept, as a topic keeps it."""
    left = [list(reversed(log)) for log in logs]
    offsets: dict[str, int] = defaultdict(int)
    found = []
    while left := [log for log in left if log]:
        log = chance.choice(left)
        for _ in range(min(len(log), chance.choice((1, 1, 2, 9)))):
            record = log[-1].record
            placed = replace(record, position=(0, offsets[record.topic]))
            offsets[record.topic] += 1
            found.append(replace(log.pop(), record=placed))
    return found


@dataclass
class Reader:
    """A consumer's batches without its thread."""

    engine: sa.Engine

    def __post_init__(self) -> None:
        runtime = a_runtime(self.engine, "insight")
        self._container = Container(InsightReactions, runtime)
        for extension in self._container._in_order():
            extension.setup()
        [consumer] = [one for one in self._container.subextensions if isinstance(one, Consumer)]
        self._batches = Batches(InsightReactions.name, runtime, consumer._handlers)

    def read(self, deliveries: Log, sizes: Iterable[int] = ()) -> Reader:
        """Run these, so many at a time; without sizes as many as a poll brings."""
        of_batch = iter(sizes)
        while deliveries:
            batch = deliveries[: next(of_batch, 400)]
            done = self._batches.run(batch)
            deliveries = [
                each
                for each in deliveries
                if each.record.position[1] >= done.get(each.partition, 0)
            ]
        return self

    def tables(self) -> dict[str, list[str]]:
        """All rows of what it keeps, sorted."""
        with self.engine.begin() as connection:
            return {
                table: sorted(connection.scalars(sa.text(f"SELECT t::text FROM {table} t")))
                for table in TABLES
            }

    def empty(self) -> None:
        """As the database was at first."""
        with self.engine.begin() as connection:
            for table in ("parked", "position", *TABLES):
                connection.execute(sa.text(f"TRUNCATE {table} CASCADE"))
