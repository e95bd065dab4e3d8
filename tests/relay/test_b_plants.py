"""The audit finds what is planted, and names its key. What cannot be undone comes last."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient

from infra.local.stack import Stack
from services.chassis.catalogue import CUSTODY_TOPIC
from services.cli.audit.command import run
from tests.relay.desk import Desk

pytestmark = pytest.mark.stack
CLAIMS = "estafet.complaint.v1"


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


@pytest.mark.parametrize(
    ("service", "plant", "repair", "values"),
    [
        ("complaint", HEAD.format("seq = seq + 1"), HEAD.format("seq = seq - 1"), (CLAIMS,)),
        ("complaint", HEAD.format("seq = seq + 1"), HEAD.format("seq = seq - 1"), (CUSTODY_TOPIC,)),
        ("protection", DONE.format("+ 1"), DONE.format("- 1"), ("protection.reactions", CLAIMS)),
        ("protection", DONE.format("- 1"), DONE.format("+ 1"), ("protection.reactions", CLAIMS)),
        ("complaint", HEAD.format("open = false"), HEAD.format("open = true"), (CUSTODY_TOPIC,)),
    ],
    ids=["outbox row gone", "custody gap", "progress too high", "parked row gone", "no holder"],
)
def test_an_account_that_was_changed_is_named(
    relay: Stack, desk: Desk, service: str, plant: str, repair: str, values: tuple[str, ...]
) -> None:
    key = desk.file()
    assert named(key) == []
    sql(relay, service, plant, *values, key)
    assert named(key)
    sql(relay, service, repair, *values, key)
    assert named(key) == []


def test_two_holders_are_named(relay: Stack, desk: Desk) -> None:
    key = desk.file()
    desk.accept(key, desk.offer(key))
    assert named(key) == []
    sql(relay, "complaint", HEAD.format("open = true"), CUSTODY_TOPIC, key)
    assert [text for text in named(key) if "complaint and protection can go on" in text]
    sql(relay, "complaint", HEAD.format("open = false"), CUSTODY_TOPIC, key)


def repeat(relay: Stack, topic: str, key: str, change: Callable[[dict[str, bytes]], None]) -> None:
    """Send a key's last record once more, changed."""
    reader: Any = KafkaConsumer(topic, **relay.kafka_options(), auto_offset_reset="earliest")
    found: Any = None
    while found is None or (batch := reader.poll(timeout_ms=500)):
        for raws in (batch if found is not None else reader.poll(timeout_ms=500)).values():
            found = next((raw for raw in reversed(raws) if raw.key == key.encode()), found)
    reader.close()
    headers = dict(found.headers)
    change(headers)
    sender: Any = KafkaProducer(**relay.kafka_options())
    sent = sender.send(topic, key=found.key, value=found.value, headers=list(headers.items()))
    sent.get(timeout=10)
    sender.close()


def test_a_record_that_was_doubled_with_a_new_id_is_named(relay: Stack, desk: Desk) -> None:
    key = desk.file()
    assert named(key) == []
    repeat(relay, CLAIMS, key, lambda headers: headers.update(ce_id=b"another"))
    assert [text for text in named(key) if "more than one id" in text]


def test_a_topic_that_was_truncated_is_named(relay: Stack, desk: Desk) -> None:
    desk.file()
    admin: Any = KafkaAdminClient(**relay.kafka_options())
    reader: Any = KafkaConsumer(**relay.kafka_options())
    places = [TopicPartition(CLAIMS, number) for number in reader.partitions_for_topic(CLAIMS)]
    ends = {place: end for place, end in reader.end_offsets(places).items() if end > 0}
    admin.delete_records(dict.fromkeys(ends, 1))
    reader.close()
    admin.close()
    said = [str(found) for found in run(records=True).differences]
    assert [text for text in said if CLAIMS in text and "begins at 1" in text]
