"""The independent count: what clients were told, databases hold and topics hold, set side by side.

Nothing of the chassis' own audit is used; `estafet audit` is run beside it.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from estafet.handover.v1.custody_pb2 import MatterOpened
from google.protobuf.message import Message

from infra.local.stack import Stack
from services.chassis import catalogue
from services.chassis.catalogue import CUSTODY_TOPIC
from tests.faults.crew import Crew, Told
from tests.faults.witness import Seen, TopicKey, testimony
from tests.handover.simple_fold import State, after
from tests.support.topics import ends, records, records_of
from tests.support.unread import consumers, unread
from tests.support.waiting import until

SETTLE_SECONDS = 240.0
_COMMANDS = "SELECT caller, rpc, request_id::text, answer FROM command_log"
_WAITS = "SELECT (SELECT count(*) FROM outbox), (SELECT count(*) FROM parked)"
_UNTOLD = "SELECT 1 FROM partner_news WHERE sent_at IS NULL"
_STREAMS = "SELECT topic, last_no FROM partner_stream"
_HEADS = "SELECT topic, key, seq, open FROM stream_head"
_PROGRESS = "SELECT consumer, topic, key, done_seq FROM progress"
_OPEN = "SELECT key FROM stream_head WHERE topic = %s AND open"


def ask(stack: Stack, service: str, statement: str, *values: object) -> list[Any]:
    """Rows of a service's database, read past the service, as its auditor."""
    with psycopg.connect(stack.dsn(service, "auditor")) as auditor:
        return auditor.execute(statement.encode(), values).fetchall()


def topics(stack: Stack) -> tuple[str, ...]:
    """Every topic of the services that run and tell something."""
    return catalogue.topics(tuple(name for name in catalogue.deputies() if name in stack.services))


def unsettled(stack: Stack) -> list[str]:
    """What still waits: unsent rows, parked records, unread records."""
    last, waits = ends(stack), []
    for service in stack.services:
        [(unsent, aside)] = ask(stack, service, _WAITS)
        if unsent:
            waits.append(f"{service}: {unsent} rows in the outbox")
        if aside:
            waits.append(f"{service}: {aside} records parked")
        if service == "exchange" and (untold := ask(stack, service, _UNTOLD)):
            waits.append(f"{service}: {len(untold)} numbers are not delivered")
        waits += unread(stack, service, last)
    return waits


def settle(stack: Stack) -> None:
    """Wait until nothing waits; AssertionError says what does."""
    waits: list[str] = []

    def is_quiet() -> bool:
        waits[:] = unsettled(stack)
        return not waits

    try:
        until(is_quiet, SETTLE_SECONDS)
    except AssertionError:
        raise AssertionError(f"not settled after {SETTLE_SECONDS:.0f} s: {waits[:5]}") from None


@dataclass
class Topics:
    """What the topics hold: numbers of each key as they first came, ids, effects, custody."""

    order: dict[TopicKey, list[int]] = field(default_factory=lambda: defaultdict(list))
    ids: dict[tuple[str, str, int], set[str]] = field(default_factory=lambda: defaultdict(set))
    effects: dict[tuple[str, ...], set[str]] = field(default_factory=lambda: defaultdict(set))
    custody: dict[str, dict[int, Message]] = field(default_factory=lambda: defaultdict(dict))
    records: int = 0

    @classmethod
    def of(cls, stack: Stack) -> Topics:
        """All that they hold today."""
        found = cls()
        for topic in topics(stack):
            for delivery in records_of(stack, topic):
                found._add(delivery.record, delivery.payload)
        return found

    def _add(self, record: Any, payload: bytes) -> None:
        self.records += 1
        seen = self.order[record.topic, record.key]
        if record.seq not in seen:
            seen.append(record.seq)
        self.ids[record.topic, record.key, record.seq].add(record.record_id)
        if cause := record.headers.get("ce_causationid", ""):
            self.effects[record.topic, record.key, record.source, record.type, cause].add(
                record.record_id
            )
        if record.topic == CUSTODY_TOPIC:
            event_type = catalogue.message_type(record.type)
            assert event_type is not None, record.type
            self.custody[record.key][record.seq] = event_type.FromString(payload)

    def holders(self) -> dict[str, str]:
        """The service that each matter's log names last, folded by a fold of the tests' own."""
        found = {}
        for matter_id, log in self.custody.items():
            state = State()
            for seq in sorted(log):
                state = after(state, seq, log[seq])
            found[matter_id] = state.holder[0]
        return found


@dataclass
class Books:
    """One stack's books over several crews, one after the other."""

    stack: Stack
    # Whether they are balanced each time that they are closed, or once by whoever keeps them.
    balanced_each_time: bool = True
    crews: list[Crew] = field(default_factory=list)

    def note(self, crew: Crew) -> Crew:
        """What these people are told counts from now on, even if their trial fails."""
        self.crews.append(crew)
        return crew

    def close(self) -> None:
        """Have everything settle, and then it must balance."""
        settle(self.stack)
        if self.balanced_each_time:
            self.balance()

    def balance(self) -> None:
        """By the independent count, and by the chassis' own audit."""
        assert_balanced(self.stack, [told for crew in self.crews for told in crew.told])
        self.stack.estafet("audit", "--records")


def assert_balanced(stack: Stack, told: Sequence[Told]) -> None:
    """0 lost, 0 doubled, in order from commit to effect, one holder, every answer true."""
    found, seen = Topics.of(stack), testimony(stack)
    _assert_order(found, seen)
    _assert_effects(found, seen)
    _assert_one_holder(stack, found)
    _assert_answers(stack, told, found)
    _assert_streams(stack)
    print(f"  {len(told)} answers and {found.records} records balance")


def _assert_order(found: Topics, seen: dict[str, Seen]) -> None:
    """What was committed lies in the topics, in the order of commits, each number with one id."""
    committed: dict[TopicKey, list[int]] = defaultdict(list)
    for service in seen.values():
        for place, numbers in service.emitted.items():
            assert numbers == sorted(numbers), f"{place} was committed out of order: {numbers}"
            committed[place] += numbers
    for place, numbers in committed.items():
        assert sorted(numbers) == list(range(1, len(numbers) + 1)), f"{place}: {sorted(numbers)}"
        assert found.order.get(place) == sorted(numbers), f"{place}: {found.order.get(place)}"
    assert set(found.order) == set(committed)
    twins = {place: ids for place, ids in found.ids.items() if len(ids) > 1}
    assert not twins, f"numbers with two ids: {twins}"


def _assert_effects(found: Topics, seen: dict[str, Seen]) -> None:
    """Every consumer ran every number of its topics once, one after the other."""
    for service, witness in seen.items():
        for consumer in consumers(service):
            for topic, key in found.order:
                if topic in consumer.topics:
                    steps = witness.ran[consumer.name, topic, key]
                    whole = _joined(steps)
                    last = len(found.order[topic, key])
                    assert whole == (0, last), f"{consumer.name} {topic} {key}: {steps} of {last}"
    doubled = {cause: ids for cause, ids in found.effects.items() if len(ids) > 1}
    assert not doubled, f"one cause with two effects: {doubled}"


def _joined(steps: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """From where to where steps lead, if each begins where the one before it ended."""
    at = 0
    for before, behind in steps:
        if before != at or behind <= before:
            return None
        at = behind
    return (0, at)


def _assert_one_holder(stack: Stack, found: Topics) -> None:
    """Exactly one service may write a matter's log, and it is the one that the log names."""
    may_write: dict[str, list[str]] = defaultdict(list)
    for service in stack.services:
        for (key,) in ask(stack, service, _OPEN, CUSTODY_TOPIC):
            may_write[key].append(service)
    holders = {matter_id: [holder] for matter_id, holder in found.holders().items()}
    assert dict(may_write) == holders


def _assert_answers(stack: Stack, told: Sequence[Told], found: Topics) -> None:
    """What a client was told is what is remembered, no more and no less."""
    kept: dict[tuple[str, ...], bytes] = {}
    for service in stack.services:
        for caller, rpc, request_id, answer in ask(stack, service, _COMMANDS):
            kept[service, caller, rpc, request_id] = bytes(answer or b"")
    answered = {_name(one): one.answer for one in told if one.answer is not None}
    refused = {_name(one): one for one in told if one.refusal is not None}
    assert not (lies := set(answered) - set(kept)), f"answered and not done: {sorted(lies)[:3]}"
    assert not (lies := set(refused) & set(kept)), f"refused and done: {sorted(lies)[:3]}"
    assert not (more := set(kept) - set(answered)), f"done and never told: {sorted(more)[:3]}"
    for name, answer in answered.items():
        remembered = type(answer).FromString(kept[name])
        assert _without_secrets(answer) == _without_secrets(remembered), f"{name}: another answer"
    filed = Counter(
        answer.complaint_id  # type: ignore[attr-defined] # it was filed
        for (_, _, rpc, _), answer in answered.items()
        if rpc == "FileComplaint"
    )
    assert filed == Counter(_opened(found)), "filed complaints are not the matters that were opened"


def _assert_streams(stack: Stack) -> None:
    """Every number that was given to a ministry's topic lies there, first occurrences in order."""
    if "exchange" not in stack.services:
        return
    for topic, last_no in ask(stack, "exchange", _STREAMS):
        numbers = [int(json.loads(raw.value)["sequence"]) for raw in records(stack, topic)]
        assert list(dict.fromkeys(numbers)) == list(range(1, last_no + 1)), f"{topic}: {numbers}"


def _name(told: Told) -> tuple[str, str, str, str]:
    act = told.act
    return act.service, act.subject, act.rpc, act.request.request_id  # type: ignore[attr-defined] # commands have one


def _without_secrets(answer: Message) -> Message:
    """Secrets are derived, and not kept."""
    plain = type(answer)()
    plain.CopyFrom(answer)
    if "secret" in plain.DESCRIPTOR.fields_by_name:
        plain.ClearField("secret")
    return plain


def _opened(found: Topics) -> Iterator[str]:
    for matter_id, log in found.custody.items():
        if isinstance(log.get(1), MatterOpened) and log[1].kind == "complaint":  # type: ignore[attr-defined] # just asked
            yield matter_id
