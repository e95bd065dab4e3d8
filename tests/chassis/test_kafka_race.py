"""What kafka-python 3.0.12 does wrong, each time: services/chassis/kafka_race.py."""

import gc
from types import SimpleNamespace
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.coordinator.consumer import ConsumerCoordinator
from kafka.protocol.api_header import ResponseClassRegistry
from kafka.protocol.metadata import MetadataResponse

from infra.local.stack import Stack
from services.chassis.settings import Settings
from tests.chassis.trial import TOPIC, settings_of
from tests.support.waiting import until


def test_a_join_that_has_begun_is_needed_until_it_is_done() -> None:
    Settings(kafka_security="PLAINTEXT").kafka("complaint")
    coordinator = object.__new__(ConsumerCoordinator)
    coordinator._join_task = object()
    assert coordinator.need_rejoin()


def test_a_class_that_two_threads_have_made_at_once_is_still_found() -> None:
    Settings(kafka_security="PLAINTEXT").kafka("complaint")
    header = SimpleNamespace(request_api_key=MetadataResponse.API_KEY, request_api_version=7)
    kept = MetadataResponse[7]
    type("thrown_away", tuple(MetadataResponse.mro()), {"_class_version": 7}, init=False)
    gc.collect()
    assert ResponseClassRegistry.get_response_class(header) is kept


@pytest.mark.broker
@pytest.mark.usefixtures("topics")
def test_a_record_that_arrives_while_the_next_fetch_is_sent_is_not_left_lying(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fetch may wait for a minute here, a poll for five seconds."""
    options = settings_of(stack.environment("admin")).kafka("admin") | {"metrics_enabled": False}
    producer = KafkaProducer(**options)
    source = KafkaConsumer(
        **options, group_id=None, fetch_max_wait_ms=60_000, request_timeout_ms=70_000
    )
    try:
        busy, silent = (TopicPartition(TOPIC, number) for number in (0, 1))
        source.assign([busy, silent])
        source.seek_to_end()
        assert [source.position(each) for each in (busy, silent)]  # it asks for the ends
        fetcher = source._fetcher
        # The first response tells of all partitions, a later one of those that have something.
        producer.send(TOPIC, b"before", partition=busy.partition).get(10)
        until(lambda: source.poll(timeout_ms=100))
        until(lambda: not source.poll(timeout_ms=100) and fetcher.in_flight_fetches())
        send_fetches = fetcher.send_fetches

        def send_when_a_response_has_landed() -> Any:
            producer.send(TOPIC, b"first", partition=busy.partition).get(10)
            until(lambda: bool(fetcher._completed_fetches))
            return send_fetches()

        with monkeypatch.context() as patch:
            patch.setattr(fetcher, "send_fetches", send_when_a_response_has_landed)
            first = source.poll(timeout_ms=5_000, max_records=1)
        producer.send(TOPIC, b"second", partition=busy.partition).get(10)
        second = source.poll(timeout_ms=5_000)
        assert [read[busy][0].value for read in (first, second)] == [b"first", b"second"]
    finally:
        producer.close(timeout=5)
        source.close(autocommit=False)
