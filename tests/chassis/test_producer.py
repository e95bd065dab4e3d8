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
from kafka.partitioner.default import murmur2

from services.chassis import producer
from services.chassis.producer import SMALL_BYTES, Producer, ProducerInUse, hash_of
from tests.chassis.trial import SERVICE, TOPIC, Trial, a_key
from tests.support.waiting import until

HEADERS = [("ce_id", b"1"), ("ce_actor", "petugas-\u00e9".encode())]


@given(st.binary(max_size=80))
def test_a_key_has_the_hash_that_every_client_gives_it(key: bytes) -> None:
    assert hash_of(key) == murmur2(key) & 0x7FFFFFFF


def placed(trial: Trial, keys: list[str], value: bytes, way: str) -> list[Any]:
    """Where records came to lie, in the order of their keys, and what was noted of each."""
    sender = Producer(**trial.runtime().settings.kafka(SERVICE))
    try:
        put = getattr(sender, way)
        futures = [put(TOPIC, value, key.encode(), list(HEADERS)) for key in keys]
        found = [future.get(timeout=10) for future in futures]
    finally:
        sender.close(timeout=5)
    sizes = ("serialized_key_size", "serialized_value_size", "serialized_header_size")
    return [(each.partition, *(getattr(each, size) for size in sizes)) for each in found]


@pytest.mark.broker
@pytest.mark.parametrize("version", ["as read", "another"])
@pytest.mark.parametrize("size", [500, SMALL_BYTES + 1])
def test_a_record_is_put_where_it_would_be_sent(
    trial: Trial, monkeypatch: pytest.MonkeyPatch, size: int, version: str
) -> None:
    if version == "another":
        monkeypatch.setattr(producer, "READ", "0")
    keys, value = [a_key() for _ in range(30)], b"x" * size
    assert placed(trial, keys, value, "put") == placed(trial, keys, value, "send")


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
