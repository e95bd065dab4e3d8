"""`python -m tests.bench.peers.reactions_loop`: a consumer written by hand with kafka-python and
psycopg, which does what a reactions class does for a record, in batches, and nothing besides.

Per batch it locks the progress of the keys, skips what was done, and writes the effects, the heads
with the outbox rows, progress and offsets in one transaction. psycopg's `executemany` prepares a
statement once and sends a batch of it without waiting for each answer.

With BENCH_SPANS it makes a span of every record, with the record's as its parent, hands that on and
exports it, as OpenTelemetry's pages show it.
"""

import json
import os
import signal
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg
import uuid6
from estafet.complaint.v1.events_pb2 import ComplaintTriaged
from estafet.protection.v1.events_pb2 import CaseOpened
from kafka import KafkaConsumer
from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from services.chassis.outbox import shard_of
from tests.bench.effects import SERVICE, TOPIC, answer_to
from tests.bench.peers.common import a_tracer, read_on

# With 400, as many as a reactions class takes, it was not faster (two pairs, a busy machine).
MAX_RECORDS = 200
NAME = "protection.bench"
OUT = "estafet.protection.v1"

LOCK = """
SELECT key, done_seq FROM progress
WHERE consumer = %s AND topic = %s AND key = ANY(%s) ORDER BY key FOR UPDATE
"""
EFFECT = """
INSERT INTO bench_effect (effect_id, complaint_id, category, severity, noted_at)
VALUES (%s, %s, %s, %s, %s)
"""
APPEND = """
WITH head AS (
    INSERT INTO stream_head AS h (topic, key, seq) VALUES (%(topic)s, %(key)s, 1)
    ON CONFLICT (topic, key) DO UPDATE SET seq = h.seq + 1
    RETURNING h.seq
)
INSERT INTO outbox (shard, topic, key, seq, headers, payload)
SELECT %(shard)s, %(topic)s, %(key)s, seq, %(headers)s, %(payload)s FROM head
"""
PROGRESS = """
INSERT INTO progress (consumer, topic, key, first_seq, done_seq, last_id)
VALUES (%s, %s, %s, 1, %s, %s)
ON CONFLICT (consumer, topic, key)
DO UPDATE SET done_seq = excluded.done_seq, last_id = excluded.last_id
"""
OFFSET = """
INSERT INTO position (consumer, topic, partition, next_offset) VALUES (%s, %s, %s, %s)
ON CONFLICT (consumer, topic, partition) DO UPDATE SET next_offset = excluded.next_offset
"""


Headers = dict[str, str]
Handled = tuple[tuple[object, ...], dict[str, object]]
Handle = Callable[[bytes, Headers, datetime], Handled]


def work_off(connection: psycopg.Connection[Any], records: Sequence[Any], handle: Handle) -> None:
    """One batch in one transaction."""
    with connection.transaction(), connection.cursor() as cursor:
        keys = sorted({record.key.decode() for record in records})
        done = dict(cursor.execute(LOCK, (NAME, TOPIC, keys)).fetchall())
        effects, events, moved, offsets = [], [], {}, {}
        now = datetime.now(UTC)
        for record in records:
            headers = {name: value.decode() for name, value in record.headers}
            key, seq = record.key.decode(), int(headers["ce_sequence"])
            offsets[record.partition] = record.offset + 1
            if seq <= done.get(key, 0):
                continue
            if seq != done.get(key, 0) + 1:
                raise ValueError(f"{key}: {seq} follows {done.get(key, 0)}")
            done[key] = seq
            moved[key] = (NAME, TOPIC, key, seq, headers["ce_id"])
            effect, outgoing = handle(record.value, headers, now)
            effects.append(effect)
            events.append(outgoing)
        cursor.executemany(EFFECT, effects)
        cursor.executemany(APPEND, events)
        cursor.executemany(PROGRESS, list(moved.values()))
        cursor.executemany(OFFSET, [(NAME, TOPIC, *offset) for offset in offsets.items()])


def handled(value: bytes, headers: Headers, now: datetime) -> Handled:
    """The effect of a record, and the outbox row of the answer."""
    event = ComplaintTriaged.FromString(value)
    answer = answer_to(event)
    effect = (str(uuid6.uuid7()), event.complaint_id, event.category, event.severity, now)
    return effect, {
        "shard": shard_of(answer.case_id),
        "topic": OUT,
        "key": answer.case_id,
        "headers": json.dumps(envelope(answer, headers, now)),
        "payload": answer.SerializeToString(),
    }


def traced() -> Handle:
    """The same within a span of its own, whose child the answer's reader will be."""
    tracer, w3c = a_tracer(), TraceContextTextMapPropagator()

    def handle(value: bytes, headers: Headers, now: datetime) -> Handled:
        fields = {
            "messaging.destination.name": TOPIC,
            "estafet.event": headers["ce_type"],
            "journey_id": headers["ce_journeyid"],
        }
        parent, kind = w3c.extract(headers), trace.SpanKind.CONSUMER
        with tracer.start_as_current_span("peer note", parent, kind, fields):
            w3c.inject(headers)
            return handled(value, headers, now)

    return handle


def envelope(answer: CaseOpened, headers: Headers, now: datetime) -> Headers:
    """The headers that readers of the answer expect."""
    return {
        "ce_specversion": "1.0",
        "ce_id": str(uuid6.uuid7()),
        "ce_source": f"estafet.{SERVICE}",
        "ce_type": answer.DESCRIPTOR.full_name,
        "ce_time": now.isoformat(),
        "ce_recordedtime": now.isoformat(),
        "ce_subject": answer.case_id,
        "ce_journeyid": headers["ce_journeyid"],
        "ce_causationid": headers["ce_id"],
        "ce_actor": headers["ce_actor"],
        "content-type": "application/protobuf",
        "traceparent": headers["traceparent"],
    }


def main() -> None:
    """Run until SIGTERM."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    options = json.loads(os.environ["BENCH_KAFKA"])
    handle = traced() if "BENCH_SPANS" in os.environ else handled
    consumer = KafkaConsumer(**options, enable_auto_commit=False, max_poll_records=MAX_RECORDS)
    with psycopg.connect(os.environ["BENCH_DSN"], autocommit=True) as connection:
        read_on(consumer, TOPIC, {})
        while not stopping.is_set():
            polled = consumer.poll(timeout_ms=100)
            if polled:
                records = [record for each in polled.values() for record in each]
                work_off(connection, records, handle)
    consumer.close(autocommit=False)


if __name__ == "__main__":
    main()
