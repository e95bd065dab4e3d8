"""`estafet topics apply`: topics and their access rules, from the protos and the services' code.

Only the service in a topic's name may write it (custody: every deputy); every service and the
auditor may read. Topics keep everything; partitions are never changed.
"""

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
    admin = KafkaAdminClient(**settings.kafka("admin"))
    try:
        missing = _create(admin, settings)
        admin.create_acls(_rules())
        return missing
    finally:
        admin.close()


def _create(admin: Any, settings: Settings) -> list[str]:
    existing = set(admin.list_topics())
    missing = [topic for topic in wanted() if topic not in existing]
    if missing:
        in_sync = "2" if settings.topic_replication > 1 else "1"
        configs = {
            "cleanup.policy": "delete",
            "retention.ms": "-1",
            "retention.bytes": "-1",
            "min.insync.replicas": in_sync,
            "max.message.bytes": str(1024 * 1024),
        }
        admin.create_topics(
            [
                NewTopic(
                    name=topic,
                    num_partitions=settings.topic_partitions,
                    replication_factor=settings.topic_replication,
                    topic_configs=configs,
                )
                for topic in missing
            ]
        )
        admin.wait_for_topics(missing)
    return missing


def wanted() -> tuple[str, ...]:
    """Every topic of this release."""
    return catalogue.topics(catalogue.deputies())


def _rules() -> list[Any]:
    deputies, readers = catalogue.deputies(), catalogue.services()
    rules = []
    for topic in wanted():
        where = ResourcePattern(ResourceType.TOPIC, topic, PatternType.LITERAL)
        for user in (*readers, *READERS_BESIDE):
            rules += [
                _allow(user, ACLOperation.READ, where),
                _allow(user, ACLOperation.DESCRIBE, where),
            ]
        for user in catalogue.writers(topic, deputies):
            rules.append(_allow(user, ACLOperation.WRITE, where))
    for user in readers:
        group = ResourcePattern(ResourceType.GROUP, f"estafet.{user}.", PatternType.PREFIXED)
        rules.append(_allow(user, ACLOperation.READ, group))
    groups = ResourcePattern(ResourceType.GROUP, "estafet.", PatternType.PREFIXED)
    rules.append(_allow("auditor", ACLOperation.DESCRIBE, groups))
    return rules


def _allow(user: str, operation: Any, where: Any) -> Any:
    return ACL(f"User:{user}", "*", operation, ACLPermissionType.ALLOW, where)
