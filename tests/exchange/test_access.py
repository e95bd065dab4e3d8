"""Who may do what at the broker, tried as every ministry on every topic and group there is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import KafkaError

from services.chassis import catalogue
from services.cli.consumers import reactions_classes
from services.exchange.agreements import AGREEMENTS
from services.exchange.names import errors_of, inbox_of, stream_of
from tests.chassis.trial import empty
from tests.exchange.ministry import Exchange

pytestmark = [pytest.mark.database("exchange"), pytest.mark.broker]
# From what is allowed the first record comes in milliseconds.
READ_SECONDS = 3.0
PATIENCE = {"metrics_enabled": False, "bootstrap_timeout_ms": 5000}
GROUPS = (
    *(f"estafet.{each.name}" for each in reactions_classes()),
    *(f"partner.{ministry}.reader" for ministry in AGREEMENTS.ministries),
    "partner.reader",
    "another",
)
each_ministry = pytest.mark.parametrize("ministry", AGREEMENTS.ministries)


@pytest.fixture
def topics(exchange: Exchange) -> Iterator[list[str]]:
    """Of ours, of ministries and of Kafka itself: in each of them lies something to read."""
    admin = exchange.stack.kafka_options("admin")
    can_join(admin, stream_of("kemlu"))("another")
    found = every_topic(exchange)
    assert {"__consumer_offsets", "estafet.custody.v1", inbox_of("bpjs")} <= set(found)
    producer = KafkaProducer(**admin, **PATIENCE)
    seeded = [topic for topic in found if not topic.startswith("__")]
    for topic in seeded:
        producer.send(topic, b"?", partition=0).get(10)
    producer.close(timeout=5)
    yield found
    for topic in seeded:
        empty(exchange.stack, topic)


def every_topic(exchange: Exchange) -> list[str]:
    """All that there are."""
    admin = KafkaAdminClient(**exchange.stack.kafka_options("admin"))
    try:
        return sorted(admin.list_topics())
    finally:
        admin.close()


def allowed(act: Callable[[str], object], things: list[str]) -> set[str]:
    """Those with which the broker lets somebody do it."""
    done = set()
    for thing in things:
        try:
            act(thing)
        except KafkaError:
            continue
        done.add(thing)
    return done


@contextmanager
def reader(user: dict[str, Any], **options: Any) -> Iterator[Any]:
    source = KafkaConsumer(**user, **PATIENCE, **options)
    try:
        yield source
    finally:
        source.close(autocommit=False)


def readable(user: dict[str, Any], topics: list[str]) -> set[str]:
    """The topics of which the broker gives somebody what lies there; each has a
    record."""
    found = set[str]()
    with reader(user, request_timeout_ms=5000, auto_offset_reset="earliest") as source:
        source.assign([TopicPartition(topic, 0) for topic in topics])
        ends_at = time.monotonic() + READ_SECONDS
        while time.monotonic() < ends_at and len(found) < len(topics):
            try:
                found |= {place.topic for place in source.poll(timeout_ms=200)}
            except KafkaError:
                continue
    return found


def can_write(user: dict[str, Any]) -> Callable[[str], None]:
    def act(topic: str) -> None:
        producer = KafkaProducer(**user, **PATIENCE, max_block_ms=1500)
        try:
            producer.send(topic, b"?", partition=0).get(5)
        finally:
            producer.close(timeout=1)

    return act


def can_join(user: dict[str, Any], topic: str) -> Callable[[str], None]:
    def act(group: str) -> None:
        with reader(user, group_id=group, enable_auto_commit=False) as source:
            place = TopicPartition(topic, 0)
            source.assign([place])
            source.commit({place: OffsetAndMetadata(0, "", -1)}, timeout_ms=3000)

    return act


@each_ministry
def test_a_ministry_reads_its_stream_and_its_errors_and_nothing_else(
    exchange: Exchange, topics: list[str], ministry: str
) -> None:
    found = readable(exchange.signed_in(ministry), topics)
    assert found == {stream_of(ministry), errors_of(ministry)}


@each_ministry
def test_a_ministry_writes_its_inbox_and_nothing_else(
    exchange: Exchange, topics: list[str], ministry: str
) -> None:
    found = allowed(can_write(exchange.signed_in(ministry)), topics)
    assert found == {inbox_of(ministry)}


@each_ministry
def test_a_ministry_sees_its_own_topics_and_groups_and_no_other(
    exchange: Exchange, topics: list[str], ministry: str
) -> None:
    user = exchange.signed_in(ministry)
    own = {stream_of(ministry), inbox_of(ministry), errors_of(ministry)}
    can_join(user, stream_of(ministry))(f"partner.{ministry}.reader")
    admin = KafkaAdminClient(**user)
    try:
        assert set(admin.list_topics()) == own
        described = {one["name"] for one in admin.describe_topics(topics) if not one["error_code"]}
        assert described == own
        assert {one["group_id"] for one in admin.list_groups()} <= {f"partner.{ministry}.reader"}
    finally:
        admin.close()


@each_ministry
def test_a_ministry_joins_the_groups_of_its_own_name_only(
    exchange: Exchange, ministry: str
) -> None:
    act = can_join(exchange.signed_in(ministry), stream_of(ministry))
    assert allowed(act, list(GROUPS)) == {f"partner.{ministry}.reader"}


@each_ministry
def test_a_ministry_makes_and_changes_no_topic(exchange: Exchange, ministry: str) -> None:
    admin = KafkaAdminClient(**exchange.signed_in(ministry))
    place = TopicPartition(stream_of(ministry), 0)
    new = NewTopic(f"partner.{ministry}.more.v1", num_partitions=1, replication_factor=1)
    try:
        with pytest.raises(KafkaError):
            admin.create_topics([new])
        with pytest.raises(KafkaError):
            admin.delete_topics([stream_of(ministry)])
        with pytest.raises(KafkaError):
            admin.delete_records({place: 0})
    finally:
        admin.close()
    assert stream_of(ministry) in every_topic(exchange)


def test_no_service_but_exchange_and_no_auditor_reads_what_ministries_read_and_write(
    exchange: Exchange, topics: list[str]
) -> None:
    theirs = [topic for topic in topics if topic.startswith("partner.")]
    for user in ("auditor", *(each for each in catalogue.services() if each != "exchange")):
        options = exchange.stack.kafka_options(user)
        assert readable(options, theirs) == set()
        assert allowed(can_write(options), theirs) == set()
    inboxes = {inbox_of(ministry) for ministry in AGREEMENTS.ministries}
    options = exchange.stack.kafka_options("exchange")
    assert readable(options, theirs) == inboxes
    assert allowed(can_write(options), theirs) == set(theirs) - inboxes
