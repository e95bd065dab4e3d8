"""What lies in the topics."""

from kafka import KafkaConsumer, TopicPartition

from infra.local.stack import Stack
from services.chassis.consumer import delivery_of
from services.chassis.progress import Delivery


def records_of(stack: Stack, topic: str) -> list[Delivery]:
    """All records of a topic, in order within each partition."""
    source = KafkaConsumer(**stack.kafka_options("admin"), metrics_enabled=False)
    try:
        partitions = [
            TopicPartition(topic, number)
            for number in sorted(source.partitions_for_topic(topic) or ())
        ]
        source.assign(partitions)
        source.seek_to_beginning(*partitions)
        ends = source.end_offsets(partitions)
        found: list[Delivery] = []
        while any(source.position(partition) < ends[partition] for partition in partitions):
            polled = source.poll(timeout_ms=200)
            found += [delivery_of(raw) for records in polled.values() for raw in records]
        return found
    finally:
        source.close(autocommit=False)
