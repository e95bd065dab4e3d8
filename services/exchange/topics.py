"""The topics of ministries, and who may do what with them: the broker itself decides.

A ministry reads its stream and its errors and writes its inbox, and sees no other topic. Exchange
alone writes what a ministry reads. Each topic has one partition, so that it has one order.
"""

from typing import Any

from kafka.admin import ACLOperation

from services.chassis.settings import Settings
from services.chassis.topics import Topic, administration, allow, create, groups_from, topic_named
from services.exchange.agreements import AGREEMENTS
from services.exchange.names import PREFIX, errors_of, inbox_of, stream_of
from services.exchange.store import SERVICE, STREAM_DAYS

DAY_MS = 24 * 60 * 60 * 1000
# What a ministry writes is kept by exchange, as a note.
INBOX_DAYS = 7


def apply(settings: Settings) -> list[str]:
    """Create what is missing for every ministry with an agreement, as `admin`."""
    with administration(settings) as admin:
        made = [
            topic
            for ministry in AGREEMENTS.ministries
            for topic in create(admin, settings, topics_for(ministry))
        ]
        admin.create_acls([rule for each in AGREEMENTS.ministries for rule in rules_for(each)])
        return made


def topics_for(ministry: str) -> list[Topic]:
    """The three topics of a ministry."""
    return [
        Topic(stream_of(ministry), 1, STREAM_DAYS * DAY_MS),
        Topic(errors_of(ministry), 1, STREAM_DAYS * DAY_MS),
        Topic(inbox_of(ministry), 1, INBOX_DAYS * DAY_MS),
    ]


def rules_for(ministry: str) -> list[Any]:
    """What the ministry, exchange and the audit may do there."""
    stream, inbox, errors = map(
        topic_named, (stream_of(ministry), inbox_of(ministry), errors_of(ministry))
    )
    rules = [allow(ministry, ACLOperation.READ, topic) for topic in (stream, errors)]
    rules += [allow(SERVICE, ACLOperation.WRITE, topic) for topic in (stream, errors)]
    return [
        *rules,
        allow(ministry, ACLOperation.WRITE, inbox),
        allow(SERVICE, ACLOperation.READ, inbox),
        allow(ministry, ACLOperation.READ, groups_from(f"{PREFIX}{ministry}.")),
        # How far exchange has read an inbox, and nothing of what lies there.
        allow("auditor", ACLOperation.DESCRIBE, inbox),
    ]
