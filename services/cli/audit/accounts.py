"""What an audit has read, and what of it does not balance. Pure: no SQL, no Kafka.

The cut (design, invariant 10), in this order: the heads of each database (`cut`); every outbox row
up to them has left; the topics' ends; every position has passed them; one snapshot of each
database (`pages`); every outbox row up to its heads has left; the topics; the heads again
(`later`). So a consumer must account for the cut, the topics hold all that the pages tell of, and
what is found anywhere was written before `later` was read, however much traffic flows.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from services.chassis.envelope import Record
from services.chassis.foreign import is_outside_key
from services.cli.audit.matters import Account

TopicKey = tuple[str, str]
Place = tuple[str, int]
Effect = tuple[str, str, str, str, str]
ONLY = 1


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

    @property
    def newest(self) -> int:
        """The highest number of the key that the consumer has seen."""
        return max(self.done_seq, *self.parked) if self.parked else self.done_seq


@dataclass
class Page:
    """One service's database at one instant; progress and positions are by consumer."""

    heads: dict[TopicKey, Head] = field(default_factory=dict)
    progress: dict[str, dict[TopicKey, Progress]] = field(default_factory=dict)
    positions: dict[str, dict[Place, int]] = field(default_factory=dict)
    matters: dict[str, Account] = field(default_factory=dict)


@dataclass(frozen=True)
class Reader:
    """A consumer: its service, and whether it must have read its topics from their beginning."""

    name: str
    service: str
    topics: tuple[str, ...]
    from_start: bool = True


@dataclass
class Books:
    """What one reading has found; see the module for the order in which it was read."""

    readers: tuple[Reader, ...] = ()
    cut: dict[str, dict[TopicKey, Head]] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)
    later: dict[str, dict[TopicKey, Head]] = field(default_factory=dict)
    ends: dict[Place, int] = field(default_factory=dict)

    def page(self, service: str) -> Page:
        """A service's page; an empty one if it was not read."""
        return self.pages.get(service, Page())

    def progress(self, reader: Reader) -> dict[TopicKey, Progress]:
        """How far a consumer has come with every key."""
        return self.page(reader.service).progress.get(reader.name, {})


def highest(heads: Mapping[str, Mapping[TopicKey, Head]]) -> dict[TopicKey, int]:
    """The last number of every key, whoever gave it."""
    found: dict[TopicKey, int] = defaultdict(int)
    for own in heads.values():
        for key, head in own.items():
            found[key] = max(found[key], head.seq)
    return found


def consumer_differences(books: Books) -> Iterator[Difference]:
    """Keys whose numbers are neither done nor parked, or that went further than was written."""
    cut, later = highest(books.cut), highest(books.later)
    for reader in books.readers:
        seen = books.progress(reader)
        for (topic, key), last in sorted(cut.items()):
            if topic in reader.topics and (topic, key) not in seen and reader.from_start:
                what = f"{_run(1, last)} never read"
                yield Difference(reader.name, topic, key, what)
        for (topic, key), progress in sorted(seen.items()):
            last, written = cut.get((topic, key), 0), later.get((topic, key), 0)
            # No service numbers what a partner writes: each record has a key of its own.
            written = ONLY if is_outside_key(key) else written
            for what in _one_key(progress, last, written):
                yield Difference(reader.name, topic, key, what)
        yield from _positions(books, reader)


def _one_key(progress: Progress, last: int, written: int) -> Iterator[str]:
    owed = set(range(progress.done_seq + 1, max(last, progress.newest) + 1))
    if missing := sorted(owed - progress.parked):
        yield f"{few(missing)} neither ran nor are parked"
    if stray := sorted(progress.parked - owed):
        yield f"{few(stray)} ran and are parked still"
    if progress.done_seq > written:
        yield f"has run {progress.done_seq}, and only {written} were written"
    elif progress.newest > written:
        yield f"has parked {progress.newest}, and only {written} were written"


def _positions(books: Books, reader: Reader) -> Iterator[Difference]:
    for (topic, number), offset in (
        books.page(reader.service).positions.get(reader.name, {}).items()
    ):
        end = books.ends.get((topic, number))
        if end is not None and offset > end:
            what = f"was read to {offset}, and ends at {end}"
            yield Difference(reader.name, topic, f"partition {number}", what)


def record_differences(
    records: Mapping[TopicKey, Mapping[int, set[str]]],
    effects: Mapping[Effect, set[str]],
    books: Books,
) -> Iterator[Difference]:
    """Topics themselves: holes, numbers with two ids, one cause with two effects on one key."""
    owed = highest({service: page.heads for service, page in books.pages.items()})
    later = highest(books.later)
    for topic, key in sorted({*owed, *records}):
        found = records.get((topic, key), {})
        for what in _numbers(owed.get((topic, key), 0), later.get((topic, key), 0), found):
            yield Difference("topic", topic, key, what)
    for (topic, _causation, source, event, key), ids in sorted(effects.items()):
        if len(ids) > 1:
            what = f"{source} emitted {event} {len(ids)} times for one cause"
            yield Difference("topic", topic, key, what)


def _numbers(owed: int, written: int, found: Mapping[int, set[str]]) -> Iterator[str]:
    if holes := sorted(set(range(1, owed + 1)) - set(found)):
        yield f"{few(holes)} missing"
    if twins := sorted(number for number, ids in found.items() if len(ids) > 1):
        yield f"{few(twins)} came with more than one id"
    if strays := sorted(number for number in found if number > written):
        yield f"{few(strays)} written by no service"


def effect_of(record: Record) -> Effect | None:
    """By what one effect of one cause is known; None for what a person or a clock began."""
    causation = record.headers.get("ce_causationid", "")
    if not causation:
        return None
    return record.topic, causation, record.source, record.type, record.key


def few(numbers: list[int]) -> str:
    """Some of many numbers."""
    shown = ", ".join(map(str, numbers[:5]))
    return f"{shown} and {len(numbers) - 5} more" if len(numbers) > 5 else shown


def _run(first: int, last: int) -> str:
    return f"{first} was" if first == last else f"{first} to {last} were"
