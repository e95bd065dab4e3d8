"""Ways to spoil a running relay behind everybody's back, and what an audit says of it."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from kafka import KafkaConsumer, KafkaProducer

from infra.local.stack import Stack
from services.cli.audit.command import run

CLAIMS = "estafet.complaint.v1"
CASES = "estafet.protection.v1"


def sql(relay: Stack, service: str, statement: str, *values: object) -> None:
    """Change a row behind everybody's back."""
    dsn = relay.dsn(service, "migrator")
    with psycopg.connect(dsn, autocommit=True) as connection:
        assert connection.execute(statement, values).rowcount == 1


def named(key: str) -> list[str]:
    """What an audit says about a key."""
    return [str(found) for found in run(records=True).differences if found.key == key]


HEAD = "UPDATE stream_head SET {} WHERE topic = %s AND key = %s"
DONE = "UPDATE progress SET done_seq = done_seq {} WHERE consumer = %s AND topic = %s AND key = %s"


def last_record(relay: Stack, topic: str, key: str) -> Any:
    """A key's last record on a topic."""
    reader: Any = KafkaConsumer(
        topic, **relay.kafka_options(), auto_offset_reset="earliest", enable_auto_commit=False
    )

    def turns() -> Iterator[Any]:
        ends: Any = None
        while ends is None or any(reader.position(place) < end for place, end in ends.items()):
            for raws in reader.poll(timeout_ms=500).values():
                yield from raws
            if ends is None and reader.assignment():
                ends = reader.end_offsets(list(reader.assignment()))

    try:
        return [raw for raw in turns() if raw.key == key.encode()][-1]
    finally:
        reader.close()


def repeat(relay: Stack, topic: str, key: str, change: Callable[[dict[str, bytes]], None]) -> None:
    """Send a key's last record once more, changed."""
    found = last_record(relay, topic, key)
    headers = dict(found.headers)
    change(headers)
    sender: Any = KafkaProducer(**relay.kafka_options())
    sent = sender.send(topic, key=found.key, value=found.value, headers=list(headers.items()))
    sent.get(timeout=10)
    sender.close()


PARK = """
    WITH back AS (
        UPDATE progress SET done_seq = done_seq - 1
        WHERE consumer = %(consumer)s AND topic = %(topic)s AND key = %(key)s
        RETURNING consumer, topic, key, done_seq + 1 AS seq
    )
    INSERT INTO parked (consumer, topic, key, seq, record_id, headers, payload, reason, attempts)
    SELECT consumer, topic, key, seq, %(record_id)s, %(headers)s, %(payload)s, 'failed', 1 FROM back
"""


def park(
    relay: Stack, service: str, consumer: str, topic: str, key: str, payload: bytes | None = None
) -> None:
    """Make a key's last record one that failed and is parked; with another payload if given."""
    found = last_record(relay, topic, key)
    headers = {name: value.decode() for name, value in found.headers}
    values = {
        "consumer": consumer,
        "topic": topic,
        "key": key,
        "record_id": headers["ce_id"],
        "headers": json.dumps(headers),
        "payload": found.value if payload is None else payload,
    }
    with psycopg.connect(relay.dsn(service, "migrator"), autocommit=True) as connection:
        assert connection.execute(PARK, values).rowcount == 1


def head_of(relay: Stack, service: str, topic: str, key: str) -> int:
    """The last number that a service has given a key; 0 without one."""
    statement = "SELECT seq FROM stream_head WHERE topic = %s AND key = %s"
    with psycopg.connect(relay.dsn(service, "auditor")) as connection:
        found = connection.execute(statement, (topic, key)).fetchone()
    return int(found[0]) if found else 0
