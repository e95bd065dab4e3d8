"""The shorter way to a batch of records writes what kafka-python's own writes."""

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.record import memory_records
from kafka.record.default_records import DefaultRecordBatchBuilder

from services.chassis.producer import Producer
from services.chassis.record_batch import RecordBatch
from tests.chassis.trial import SERVICE, Trial

# Longer than what has its length at hand, in a value and in a header.
LONG = st.binary(min_size=4090, max_size=4100)
BYTES = st.none() | st.binary(max_size=200) | LONG
HEADERS = st.lists(st.tuples(st.text(max_size=20), BYTES), max_size=15)
RECORDS = st.lists(st.tuples(st.integers(-10, 5000), BYTES, BYTES, HEADERS), max_size=20)


def told(batch: Any, number: int, record: tuple[int, Any, Any, Any]) -> tuple[int, ...] | None:
    later, key, value, headers = record
    found = batch.append(number, 1_700_000_000_000 + later, key, value, headers)
    return found and (found.offset, found.size, found.timestamp)


@given(RECORDS, st.sampled_from([200, 5000, 256 * 1024]))
def test_the_same_bytes(records: list[tuple[int, Any, Any, Any]], batch_size: int) -> None:
    ours, theirs = (
        builder(2, 0, False, 7, 1, 5, batch_size)
        for builder in (RecordBatch, DefaultRecordBatchBuilder)
    )
    for number, record in enumerate(records):
        assert told(ours, number, record) == told(theirs, number, record)
    assert ours.build() == theirs.build()


@pytest.mark.process
def test_who_only_imports_our_producer_keeps_kafka_pythons_own() -> None:
    code = "import services.chassis.producer, kafka.record.memory_records as records; "
    own = subprocess.check_output(
        [sys.executable, "-c", code + "print(records.DefaultRecordBatchBuilder.__module__)"],
        text=True,
    )
    assert own.strip() == "kafka.record.default_records"


@pytest.mark.broker
def test_producers_use_it(trial: Trial) -> None:
    Producer(**trial.runtime().settings.kafka(SERVICE)).close(timeout=5)
    builder = memory_records.MemoryRecordsBuilder(2, 0, 1024)
    assert isinstance(builder._builder, RecordBatch)
