"""The audit finds what is planted, and names its key. What cannot be undone comes last."""

from typing import Any

import pytest
from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient

from infra.local.stack import Stack
from services.chassis.catalogue import CUSTODY_TOPIC
from services.cli.audit.command import run
from tests.relay.plants import CASES, CLAIMS, DONE, HEAD, head_of, named, park, repeat, sql
from tests.support.desk import Desk
from tests.support.waiting import until

pytestmark = pytest.mark.stack


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


def test_a_record_that_was_doubled_with_a_new_id_is_named(relay: Stack, desk: Desk) -> None:
    key = desk.file()
    assert named(key) == []
    repeat(relay, CLAIMS, key, lambda headers: headers.update(ce_id=b"another"))
    assert [text for text in named(key) if "more than one id" in text]


def test_a_record_that_vanished_after_it_was_read_is_named(relay: Stack, desk: Desk) -> None:
    key = desk.file()
    assert named(key) == []
    sql(relay, "complaint", HEAD.format("seq = seq + 1"), CLAIMS, key)
    readers = ("protection.reactions", "insight.reader")
    for reader in readers:
        sql(relay, reader.split(".")[0], DONE.format("+ 1"), reader, CLAIMS, key)
    assert named(key) == [f"topic: {CLAIMS} {key}: 2 missing"]
    for reader in readers:
        sql(relay, reader.split(".")[0], DONE.format("- 1"), reader, CLAIMS, key)
    sql(relay, "complaint", HEAD.format("seq = seq - 1"), CLAIMS, key)


def test_an_effect_that_was_doubled_is_named(relay: Stack, desk: Desk) -> None:
    complaint_id = desk.file()
    case_id = desk.accept(complaint_id, desk.offer(complaint_id))
    until(lambda: head_of(relay, "protection", CASES, case_id) == 1)
    assert named(case_id) == []
    sql(relay, "protection", HEAD.format("seq = seq + 1"), CASES, case_id)
    repeat(relay, CASES, case_id, lambda headers: headers.update(ce_id=b"again", ce_sequence=b"2"))
    assert [text for text in named(case_id) if "CaseOpened 2 times for one cause" in text]


def test_a_parked_record_that_was_deleted_is_named(relay: Stack, desk: Desk) -> None:
    key = desk.file()
    assert named(key) == []
    park(relay, "protection", "protection.reactions", CLAIMS, key)
    assert named(key) == []
    gone = "DELETE FROM parked WHERE consumer = %s AND topic = %s AND key = %s"
    sql(relay, "protection", gone, "protection.reactions", CLAIMS, key)
    assert named(key) == [f"protection.reactions: {CLAIMS} {key}: 1 neither ran nor are parked"]
    sql(relay, "protection", DONE.format("+ 1"), "protection.reactions", CLAIMS, key)


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
