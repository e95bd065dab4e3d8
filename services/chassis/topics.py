"""`estafet topics apply`: topics and their access rules, from the protos and the services' code.

Only the service in a topic's name may write it (custody: every deputy); every service and the
auditor may read. Topics keep everything; partitions are never changed.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    KafkaAdminClient,
    NewTopic,
    ResourcePattern,
    ResourceType,
)
from kafka.admin import ACLResourcePatternType as PatternType

from services.chassis import catalogue
from services.chassis.settings import Settings

READERS_BESIDE = ("auditor",)


def apply(settings: Settings) -> list[str]:
    """Create what is missing, as `admin`, and return the names of the topics that were."""
    own = [Topic(name, settings.topic_partitions) for name in wanted()]
    with administration(settings) as admin:
        missing = create(admin, settings, own)
        admin.create_acls(_rules())
        return missing


@dataclass(frozen=True)
class Topic:
    """How a topic is made; one without an end keeps everything."""

    name: str
    partitions: int
    retention_ms: int = -1


@contextmanager
def administration(settings: Settings) -> Iterator[Any]:
    """The administrator's client."""
    admin = KafkaAdminClient(**settings.kafka("admin"))
    try:
        yield admin
    finally:
        admin.close()


def create(admin: Any, settings: Settings, topics: Sequence[Topic]) -> list[str]:
    """Create those that are missing, and return their names."""
    existing = set(admin.list_topics())
    missing = [topic for topic in topics if topic.name not in existing]
    names = [topic.name for topic in missing]
    if missing:
        admin.create_topics([_new_topic(settings, topic) for topic in missing])
        admin.wait_for_topics(names)
    return names


def _new_topic(settings: Settings, topic: Topic) -> Any:
    return NewTopic(
        name=topic.name,
        num_partitions=topic.partitions,
        replication_factor=settings.topic_replication,
        topic_configs={
            "cleanup.policy": "delete",
            "retention.ms": str(topic.retention_ms),
            "retention.bytes": "-1",
            "min.insync.replicas": "2" if settings.topic_replication > 1 else "1",
            "max.message.bytes": str(1024 * 1024),
        },
    )


def wanted() -> tuple[str, ...]:
    """Every topic of this release."""
    return catalogue.topics(catalogue.deputies())


def _rules() -> list[Any]:
    deputies, readers = catalogue.deputies(), catalogue.services()
    rules = []
    for topic in wanted():
        where = topic_named(topic)
        for user in (*readers, *READERS_BESIDE):
            rules += [
                allow(user, ACLOperation.READ, where),
                allow(user, ACLOperation.DESCRIBE, where),
            ]
        for user in catalogue.writers(topic, deputies):
            rules.append(allow(user, ACLOperation.WRITE, where))
    for user in readers:
        rules.append(allow(user, ACLOperation.READ, groups_from(f"estafet.{user}.")))
    rules.append(allow("auditor", ACLOperation.DESCRIBE, groups_from("estafet.")))
    return rules


def topic_named(name: str) -> Any:
    """One topic, for a rule."""
    return ResourcePattern(ResourceType.TOPIC, name, PatternType.LITERAL)


def groups_from(prefix: str) -> Any:
    """The groups whose names begin so, for a rule."""
    return ResourcePattern(ResourceType.GROUP, prefix, PatternType.PREFIXED)


def allow(user: str, operation: Any, where: Any) -> Any:
    """That a user may do something there."""
    return ACL(f"User:{user}", "*", operation, ACLPermissionType.ALLOW, where)
