"""The shorter way into kafka-python's producer ends where the long one does."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import KafkaTimeoutError, MessageSizeTooLargeError
from kafka.partitioner.default import murmur2
from kafka.producer.future import RecordMetadata

from services.chassis import producer
from services.chassis.producer import SMALL_BYTES, Producer, ProducerInUse, hash_of
from tests.chassis.trial import SERVICE, TOPIC, Trial, a_key
from tests.support.topics import ends
from tests.support.waiting import until

HEADERS = [("ce_id", b"1"), ("ce_actor", "petugas-\u00e9".encode())]


@given(st.binary(max_size=80))
def test_a_key_has_the_hash_that_every_client_gives_it(key: bytes) -> None:
    assert hash_of(key) == murmur2(key) & 0x7FFFFFFF


def placed(trial: Trial, keys: list[str], value: bytes, way: str) -> list[tuple[int, int]]:
    """Where records came to lie, in the order of their keys: partition, and how many before."""
    first = ends(trial.stack)
    with sending(**trial.runtime().settings.kafka(SERVICE)) as sender:
        put = getattr(sender, way)
        waiting = [put(TOPIC, value, key.encode(), list(HEADERS)) for key in keys]
        found = [place(each.get(timeout=10)) for each in waiting]
        assert all(each.succeeded() for each in waiting)
    return [(partition, offset - first[TOPIC, partition]) for partition, offset in found]


@contextmanager
def sending(**options: object) -> Iterator[Producer]:
    """A producer of ours, closed in the end."""
    sender = Producer(**options)
    try:
        yield sender
    finally:
        sender.close(timeout=5)


def place(told: Any) -> tuple[int, int]:
    """Of what `send` or `put` tells in the end."""
    if isinstance(told, RecordMetadata):
        return told.partition, told.offset
    partition, offset = told
    return partition.partition, offset


@pytest.mark.broker
@pytest.mark.parametrize("version", ["as read", "another"])
@pytest.mark.parametrize("size", [500, SMALL_BYTES + 1])
def test_a_record_is_put_where_it_would_be_sent(
    trial: Trial, monkeypatch: pytest.MonkeyPatch, size: int, version: str
) -> None:
    if version == "another":
        monkeypatch.setattr(producer, "READ", "0")
    keys, value = [a_key() for _ in range(30)] * 3, b"x" * size
    assert placed(trial, keys, value, "put") == placed(trial, keys, value, "send")


@contextmanager
def a_small_topic(trial: Trial) -> Iterator[str]:
    """A topic of one partition that takes no batch over 10,000 bytes."""
    name = f"small.{a_key()}"
    admin = KafkaAdminClient(**trial.stack.kafka_options())
    try:
        settings = {"max.message.bytes": "10000"}
        admin.create_topics([NewTopic(name, 1, 1, topic_configs=settings)])
        yield name
        admin.delete_topics([name])
    finally:
        admin.close()


@pytest.mark.broker
def test_a_batch_that_is_too_large_is_divided(trial: Trial) -> None:
    with sending(**trial.stack.kafka_options()) as sender:
        with a_small_topic(trial) as topic:
            sender.partitions_for(topic)
            with hanging(trial):  # until all are in one batch
                waiting = [sender.put(topic, b"x" * 1000, b"k", HEADERS) for _ in range(40)]
            found = [place(each.get(timeout=10)) for each in waiting]
        assert found == [(0, offset) for offset in range(40)]
        assert all(each.succeeded() for each in waiting)


@pytest.mark.broker
def test_a_record_that_is_refused_is_no_success(trial: Trial) -> None:
    with sending(**trial.stack.kafka_options()) as sender, a_small_topic(trial) as topic:
        sender.partitions_for(topic)
        with hanging(trial):
            waiting = [sender.put(topic, b"x" * 20_000, b"k", HEADERS) for _ in range(2)]
        for each in waiting:
            with pytest.raises(MessageSizeTooLargeError):
                each.get(timeout=10)
            assert not each.succeeded()


@pytest.mark.broker
def test_a_record_of_which_nothing_is_heard_is_waited_for_only_so_long(trial: Trial) -> None:
    with sending(**trial.stack.kafka_options()) as sender:
        sender.put(TOPIC, b"x", b"k", HEADERS).get(timeout=10)
        with hanging(trial):
            waiting = [sender.put(TOPIC, b"x", b"k", HEADERS) for _ in range(3)]
            for each in waiting:
                with pytest.raises(KafkaTimeoutError):
                    each.get(timeout=0.05)
                assert not each.succeeded()
        for each in waiting:
            each.get(timeout=10)


@contextmanager
def hanging(trial: Trial) -> Iterator[None]:
    """The broker answers nothing for a while."""
    broker = psutil.Process(trial.stack.process("kafka").pid)
    broker.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        broker.send_signal(signal.SIGCONT)


@pytest.mark.broker
def test_a_producer_that_is_given_up_with_records_left_ends_its_thread(trial: Trial) -> None:
    before = set(threading.enumerate())
    in_use = ProducerInUse(trial.runtime(), "trial")
    in_use.ready().put(TOPIC, b"x", b"a key", HEADERS).get(timeout=10)
    assert set(threading.enumerate()) > before
    with hanging(trial):
        in_use.ready().put(TOPIC, b"x", b"a key", HEADERS)
        in_use.give_up()
    until(lambda: set(threading.enumerate()) <= before)
