"""Every record of every topic, read past the services."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from infra.local.stack import Stack


def records(stack: Stack) -> Iterator[Any]:
    """All of our topics from the beginning to the end that they have now."""
    consumer = KafkaConsumer(**stack.kafka_options("admin"), enable_auto_commit=False)
    try:
        partitions = [
            TopicPartition(topic, partition)
            for topic in sorted(consumer.topics())
            if topic.startswith("estafet.")
            for partition in consumer.partitions_for_topic(topic)
        ]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        left = {at: end for at, end in consumer.end_offsets(partitions).items() if end > 0}
        while left:
            for polled in consumer.poll(timeout_ms=500).values():
                yield from polled
            left = {at: end for at, end in left.items() if consumer.position(at) < end}
    finally:
        consumer.close(autocommit=False)
