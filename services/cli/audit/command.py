"""Runs an audit: cut, wait, read, compare; what a second reading finds too is a difference."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from services.chassis import catalogue
from services.chassis.catalogue import CUSTODY_TOPIC
from services.chassis.foreign import is_foreign
from services.cli.audit.accounts import (
    Books,
    Difference,
    Head,
    Reader,
    TopicKey,
    consumer_differences,
    effect_of,
    highest,
    record_differences,
)
from services.cli.audit.custody import custody_differences
from services.cli.audit.reading import Database, Ends, Scan, Topics
from services.cli.consumers import reactions_classes
from services.handover.ledger import Ledger

LOOK_SECONDS = 0.2
SHOWN = 5


class DidNotSettleError(Exception):
    """What the audit waited for when its time was over, line by line."""

    def __init__(self, waiting: list[str]) -> None:
        shown = waiting[:SHOWN]
        if len(waiting) > SHOWN:
            shown.append(f"and {len(waiting) - SHOWN} more")
        super().__init__("; ".join(shown))


@dataclass
class Report:
    """What an audit found, and what it counted on the way."""

    differences: list[Difference]
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def balanced(self) -> bool:
        """Whether every account balances."""
        return not self.differences


class Audit:
    """One audit of a whole copy."""

    def __init__(self, *, records: bool, wait_seconds: float) -> None:
        self._records = records
        self._wait = wait_seconds
        self._readers = tuple(
            Reader(each.name, each.service, each.topics, each.from_start)
            for each in reactions_classes()
        )
        self._databases = {name: Database.of(name) for name in catalogue.services()}
        self._names = catalogue.topics(catalogue.deputies())
        self._topics = Topics()

    def close(self) -> None:
        """Leave the broker and the databases."""
        self._topics.close()
        for database in self._databases.values():
            database.engine.dispose()

    def run(self) -> Report:
        """Read once, and again if something differs. DidNotSettleError: it never became quiet."""
        first = self._read()
        if first.balanced:
            return first
        second = self._read()
        known = {(one.where, one.topic, one.key) for one in first.differences}
        second.differences = [
            one for one in second.differences if (one.where, one.topic, one.key) in known
        ]
        return second

    def _read(self) -> Report:
        deadline = time.monotonic() + self._wait
        books = Books(self._readers, cut=self._heads())
        self._until(deadline, lambda: self._unsent(books.cut))
        ends = self._topics.ends(self._names)
        self._until(deadline, lambda: self._behind(ends))
        books.pages = {name: database.page() for name, database in self._databases.items()}
        reached = {name: page.heads for name, page in books.pages.items()}
        self._until(deadline, lambda: self._unsent(reached))
        books.ends = self._topics.ends(self._names)
        beginnings = self._topics.beginnings(self._names)
        ledger, scan = self._scan(books.ends)
        books.later = self._heads()
        found = [*consumer_differences(books), *custody_differences(books, ledger)]
        found += [
            Difference("topic", topic, f"partition {number}", f"begins at {offset}")
            for (topic, number), offset in beginnings.items()
            if offset > 0
        ]
        if self._records:
            found += record_differences(scan.records, scan.effects, books)
        return Report(sorted(set(found)), counted(books, ledger))

    def _scan(self, ends: Ends) -> tuple[Ledger, Scan]:
        ledger, scan = Ledger(), Scan.empty()
        wanted = {at: end for at, end in ends.items() if self._records or at[0] == CUSTODY_TOPIC}
        for delivery in self._topics.read(wanted):
            record = delivery.record
            if record.topic == CUSTODY_TOPIC and not is_foreign(record):
                ledger.read(record, delivery.payload)
            scan.records[record.topic, record.key][record.seq].add(record.record_id)
            if (effect := effect_of(record)) is not None:
                scan.effects[effect].add(record.record_id)
        return ledger, scan

    def _until(self, deadline: float, left: Callable[[], list[str]]) -> None:
        while waiting := left():
            if time.monotonic() > deadline:
                raise DidNotSettleError(waiting)
            time.sleep(LOOK_SECONDS)

    def _heads(self) -> dict[str, dict[TopicKey, Head]]:
        return {name: database.heads() for name, database in self._databases.items()}

    def _unsent(self, heads: Mapping[str, Mapping[TopicKey, Head]]) -> list[str]:
        return [row for name, db in self._databases.items() for row in db.unsent(heads[name])]

    def _behind(self, ends: Ends) -> list[str]:
        return [row for db in self._databases.values() for row in db.behind(self._readers, ends)]


def counted(books: Books, ledger: Ledger) -> dict[str, int]:
    """What an audit looked at."""
    heads = highest(books.cut)
    return {
        "databases": len(books.pages),
        "keys": len(heads),
        "events": sum(heads.values()),
        "consumers": len(books.readers),
        "matters": len(ledger.matters),
        "open matters": sum(1 for _ in ledger.still_open()),
        "parked": sum(
            len(progress.parked)
            for reader in books.readers
            for progress in books.progress(reader).values()
        ),
        "holders": sum(
            head.open
            for page in books.pages.values()
            for (topic, _), head in page.heads.items()
            if topic == CUSTODY_TOPIC
        ),
    }


def run(*, records: bool, wait_seconds: float = 60.0) -> Report:
    """Audit this copy. DidNotSettleError after wait_seconds."""
    audit = Audit(records=records, wait_seconds=wait_seconds)
    try:
        return audit.run()
    finally:
        audit.close()
