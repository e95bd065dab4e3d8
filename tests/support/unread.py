"""What a service has not read, by the positions in its database and the ends of the topics."""

from collections.abc import Mapping
from functools import cache

import psycopg

from infra.local.stack import Stack
from services.chassis.progress import Partition
from services.cli.consumers import ReactionsClass, reactions_classes
from tests.support.topics import ends

_POSITIONS = "SELECT consumer, topic, partition, next_offset FROM position"


@cache
def consumers(service: str) -> tuple[ReactionsClass, ...]:
    """Those of a service."""
    return tuple(each for each in reactions_classes() if each.service == service)


def unread(stack: Stack, service: str, last: Mapping[Partition, int] | None = None) -> list[str]:
    """Each partition that a consumer of a service has not read to its end, in words; `last`: the
    ends, where they are known. What has no position was never read."""
    last = ends(stack) if last is None else last
    with psycopg.connect(stack.dsn(service, "auditor")) as auditor:
        read = {tuple(place): offset for *place, offset in auditor.execute(_POSITIONS)}
    return [
        f"{consumer.name}: {topic} {partition} read to {offset} of {end}"
        for consumer in consumers(service)
        for (topic, partition), end in last.items()
        if topic in consumer.topics
        and (offset := read.get((consumer.name, topic, partition), 0)) < end
    ]
