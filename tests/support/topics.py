"""What lies in the topics, read past the services."""

from collections.abc import Iterator
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from infra.local.stack import Stack
from services.chassis.incoming import delivery_of
from services.chassis.progress import Delivery


def records(stack: Stack, *topics: str) -> Iterator[Any]:
    """All records as kafka-python gives them, in order within each partition, to today's end.

    Without topics: those of all our topics.
    """
    source = KafkaConsumer(**stack.kafka_options("admin"), metrics_enabled=False)
    try:
        ours = (topic for topic in source.topics() if topic.startswith("estafet."))
        partitions = [
            TopicPartition(topic, number)
            for topic in topics or sorted(ours)
            for number in sorted(source.partitions_for_topic(topic) or ())
        ]
        source.assign(partitions)
        source.seek_to_beginning(*partitions)
        left = source.end_offsets(partitions)
        while left := {at: end for at, end in left.items() if source.position(at) < end}:
            for polled in source.poll(timeout_ms=200).values():
                yield from polled
    finally:
        source.close(autocommit=False)


def records_of(stack: Stack, topic: str) -> list[Delivery]:
    """All records of a topic as deliveries."""
    return [delivery_of(raw) for raw in records(stack, topic)]


def ends(stack: Stack) -> dict[tuple[str, int], int]:
    """The offset that the next record will have, for every partition of our topics
    and of the ministries'."""
    source = KafkaConsumer(**stack.kafka_options("admin"), metrics_enabled=False)
    try:
        ours = [topic for topic in source.topics() if topic.startswith(("estafet.", "partner."))]
        partitions = [
            TopicPartition(topic, number)
            for topic in ours
            for number in source.partitions_for_topic(topic) or ()
        ]
        found = source.end_offsets(partitions)
        return {(at.topic, at.partition): offset for at, offset in found.items()}
    finally:
        source.close(autocommit=False)
