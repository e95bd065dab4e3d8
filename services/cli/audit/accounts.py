"""What an audit has read, and the differences in it. Pure: no SQL, no Kafka.

The cut (design, invariant 10): heads are read in one snapshot per database; then every outbox row
up to them has left; then the topics' ends are read; then every position has passed them. From
there on every head up to the cut must be accounted for by every consumer.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from services.chassis.catalogue import CUSTODY_TOPIC
from services.chassis.envelope import Record
from services.handover.custody import Custody
from services.handover.ledger import Ledger

TopicKey = tuple[str, str]


@dataclass(frozen=True, order=True)
class Difference:
    """One account that does not balance: where, which key, what is wrong."""

    where: str
    topic: str
    key: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.topic} {self.key}: {self.what}"


@dataclass(frozen=True)
class Head:
    """The last number that a service has given a key, and whether it may go on."""

    seq: int
    open: bool


@dataclass(frozen=True)
class Progress:
    """How far a consumer has come with a key, and which numbers it keeps parked."""

    done_seq: int
    parked: frozenset[int] = frozenset()


@dataclass
class Books:
    """What was read. `heads` at the cut and `progress` after it; `later` are heads read last."""

    heads: dict[str, dict[TopicKey, Head]] = field(default_factory=dict)
    later: dict[str, dict[TopicKey, Head]] = field(default_factory=dict)
    consumers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    progress: dict[str, dict[TopicKey, Progress]] = field(default_factory=dict)
    matters: dict[str, dict[str, int]] = field(default_factory=dict)
    """service → matter_id → the custody_no of the service's own row."""


def highest(heads: Mapping[str, Mapping[TopicKey, Head]]) -> dict[TopicKey, int]:
    """The last number of every key, whoever gave it."""
    found: dict[TopicKey, int] = defaultdict(int)
    for own in heads.values():
        for key, head in own.items():
            found[key] = max(found[key], head.seq)
    return found


def consumer_differences(books: Books) -> Iterator[Difference]:
    """Keys whose numbers are neither done nor parked, or that ran further than was written."""
    cut, later = highest(books.heads), highest(books.later)
    for consumer, topics in books.consumers.items():
        seen = books.progress.get(consumer, {})
        for (topic, key), last in cut.items():
            if topic in topics:
                yield from _one_key(consumer, topic, key, last, seen.get((topic, key)))
        for (topic, key), progress in seen.items():
            known = later.get((topic, key), 0)
            if progress.done_seq > known:
                what = f"has run {progress.done_seq}, and only {known} were written"
                yield Difference(consumer, topic, key, what)


def _one_key(
    consumer: str, topic: str, key: str, last: int, progress: Progress | None
) -> Iterator[Difference]:
    if progress is None:
        yield Difference(consumer, topic, key, f"1 to {last} were never read")
        return
    owed = set(range(progress.done_seq + 1, last + 1))
    if missing := sorted(owed - progress.parked):
        yield Difference(consumer, topic, key, f"{_few(missing)} neither ran nor are parked")
    if stray := sorted(number for number in progress.parked if number <= progress.done_seq):
        yield Difference(consumer, topic, key, f"{_few(stray)} ran and are parked still")


def custody_differences(books: Books, ledger: Ledger) -> Iterator[Difference]:
    """Matters with a broken log, two open heads or none, a wrong holder, or a row apart from it."""
    for broken in ledger.breaks.values():
        yield Difference("custody", CUSTODY_TOPIC, broken.matter_id, broken.why)
    heads = _custody_heads(books)
    for matter_id in sorted({*ledger.matters, *heads} - set(ledger.breaks)):
        yield from _holders(matter_id, ledger.matters.get(matter_id), heads.get(matter_id, {}))
    cut = [
        (key, seq) for (topic, key), seq in highest(books.heads).items() if topic == CUSTODY_TOPIC
    ]
    for service, rows in books.matters.items():
        for key, last in cut:
            if rows.get(key, 0) < last:
                what = f"its row stands at {rows.get(key, 0)}, the log at {last}"
                yield Difference(service, CUSTODY_TOPIC, key, what)


def _custody_heads(books: Books) -> dict[str, dict[str, Head]]:
    """matter_id → service → its head, as read last."""
    heads: dict[str, dict[str, Head]] = defaultdict(dict)
    for service, own in books.later.items():
        for (topic, key), head in own.items():
            if topic == CUSTODY_TOPIC:
                heads[key][service] = head
    return heads


def _holders(
    matter_id: str, custody: Custody | None, heads: Mapping[str, Head]
) -> Iterator[Difference]:
    if custody is None:
        yield Difference("custody", CUSTODY_TOPIC, matter_id, "has heads and no log")
        return
    holding = sorted(service for service, head in heads.items() if head.open)
    holder = custody.holder.service
    top = max((head.seq for head in heads.values()), default=0)
    if top != custody.custody_no:
        what = f"the highest head is {top}, the log ends at {custody.custody_no}"
        yield Difference("custody", CUSTODY_TOPIC, matter_id, what)
    elif not holding:
        what = f"nobody can go on; the log names {holder}"
        yield Difference("custody", CUSTODY_TOPIC, matter_id, what)
    elif holding != [holder]:
        what = f"{' and '.join(holding)} can go on; the log names {holder}"
        yield Difference("custody", CUSTODY_TOPIC, matter_id, what)


def record_differences(
    records: Mapping[TopicKey, Mapping[int, set[str]]],
    effects: Mapping[tuple[str, str, str, str], set[str]],
    heads: Mapping[TopicKey, int],
) -> Iterator[Difference]:
    """Topics themselves: holes, numbers with two ids, one cause with two effects on one key."""
    for topic, key in sorted({*heads, *records}):
        last, found = heads.get((topic, key), 0), records.get((topic, key), {})
        yield from _numbers(topic, key, last, found)
    for (_causation, source, event, key), ids in effects.items():
        if len(ids) > 1:
            what = f"{source} emitted {event} {len(ids)} times for one cause"
            yield Difference("topic", "", key, what)


def _numbers(
    topic: str, key: str, last: int, found: Mapping[int, set[str]]
) -> Iterator[Difference]:
    if holes := sorted(set(range(1, last + 1)) - set(found)):
        yield Difference("topic", topic, key, f"{_few(holes)} missing")
    if twins := sorted(number for number, ids in found.items() if len(ids) > 1):
        yield Difference("topic", topic, key, f"{_few(twins)} came with more than one id")
    if strays := sorted(number for number in found if number > last):
        yield Difference("topic", topic, key, f"{_few(strays)} written by no service")


def effect_of(record: Record) -> tuple[str, str, str, str] | None:
    """By what one effect of one cause is known; None for what a person began."""
    causation = record.headers.get("ce_causationid", "")
    return (causation, record.source, record.type, record.key) if causation else None


def _few(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:5]))
    return f"{shown} and {len(numbers) - 5} more" if len(numbers) > 5 else shown
