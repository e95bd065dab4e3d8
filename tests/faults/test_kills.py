"""Processes killed between two steps, one after the other, while people work and retry.

The count is made from the databases and topics alone, without the chassis' own audit.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from infra.local.stack import Stack
from tests.support.kills import worked_through_a_kill
from tests.support.topics import records_of
from tests.support.waiting import until

pytestmark = pytest.mark.stack

KILLS = (
    ("complaint", "rpc.after_commit"),
    ("complaint", "relay.before_send"),
    ("complaint", "relay.after_ack"),
    ("complaint", "reactions.after_commit"),
    ("protection", "reactions.after_commit"),
)
MATTERS_A_KILL = 10
TOPICS = ("estafet.complaint.v1", "estafet.custody.v1", "estafet.protection.handover.v1")
NOT_YET = "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM parked)"


def ask(stack: Stack, service: str, statement: str) -> list[Any]:
    with psycopg.connect(stack.dsn(service, "auditor")) as auditor:
        return auditor.execute(statement.encode()).fetchall()


def has_settled(stack: Stack, matters: int) -> bool:
    """Nothing waits to be sent or run, and every case has begun."""
    waits = sum(ask(stack, service, NOT_YET)[0][0] for service in stack.services)
    begun = ask(stack, "protection", "SELECT count(*) FROM protection_case WHERE status = 'open'")
    behind = [
        key
        for key, seq in heads(stack).items()
        for service in stack.services
        if any(done < seq for done in progress(stack, service).get(key, []))
    ]
    return bool(waits == 0 and begun[0][0] >= matters and not behind)


TopicKey = tuple[str, str]


def heads(stack: Stack) -> dict[TopicKey, int]:
    """The last number that any service gave each key."""
    found: dict[TopicKey, int] = defaultdict(int)
    for service in stack.services:
        for topic, key, seq in ask(stack, service, "SELECT topic, key, seq FROM stream_head"):
            found[topic, key] = max(found[topic, key], seq)
    return found


def progress(stack: Stack, service: str) -> dict[TopicKey, list[int]]:
    """How far each reactions class of a service has come with a key."""
    found: dict[TopicKey, list[int]] = defaultdict(list)
    for topic, key, done in ask(stack, service, "SELECT topic, key, done_seq FROM progress"):
        found[topic, key].append(done)
    return found


@dataclass(frozen=True)
class Count:
    """What the topics hold: the numbers of each key as they first came, ids by number."""

    order: dict[TopicKey, list[int]]
    ids: dict[tuple[str, str, int], set[str]]


def count(stack: Stack) -> Count:
    found = Count(defaultdict(list), defaultdict(set))
    for topic in TOPICS:
        for delivery in records_of(stack, topic):
            record = delivery.record
            found.ids[topic, record.key, record.seq].add(record.record_id)
            if record.seq not in found.order[topic, record.key]:
                found.order[topic, record.key].append(record.seq)
    return found


def test_kills_between_any_two_steps_lose_and_double_nothing(relay: Stack) -> None:
    matters = [
        one
        for kill in KILLS
        for one in worked_through_a_kill(relay, *kill, matters=MATTERS_A_KILL, passes=8)
    ]
    until(lambda: has_settled(relay, len(matters)))
    found = count(relay)
    last = {place: seq for place, seq in heads(relay).items() if place[0] in TOPICS}

    assert found.order == {place: list(range(1, seq + 1)) for place, seq in last.items()}
    assert all(len(ids) == 1 for ids in found.ids.values())
    filed = ask(relay, "complaint", "SELECT complaint_id FROM complaint")
    assert sorted(one for (one,) in filed) == sorted(matters)
    cases = ask(relay, "protection", "SELECT matter_id FROM protection_case")
    assert sorted(one for (one,) in cases) == sorted(matters)
    for service in relay.services:
        holders = ask(relay, service, "SELECT matter_id, holder_service FROM matter")
        assert sorted(holders) == sorted((one, "protection") for one in matters)
    commands = "SELECT rpc, count(*) FROM command_log GROUP BY rpc"
    told = ask(relay, "complaint", commands) + ask(relay, "protection", commands)
    names = ("FileComplaint", "TriageComplaint", "OfferComplaint", "AcceptOffer")
    assert dict(told) == dict.fromkeys(names, len(matters))
