"""Runs an audit: cut, wait, read, compare; what a second reading finds too is a difference."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

import typer

from services.chassis import catalogue
from services.chassis.catalogue import CUSTODY_TOPIC
from services.cli.audit.accounts import (
    Books,
    Difference,
    consumer_differences,
    custody_differences,
    effect_of,
    highest,
    record_differences,
)
from services.cli.audit.reading import Database, Scan, Topics
from services.cli.consumers import ReactionsClass, reactions_classes
from services.handover.ledger import Ledger

LOOK_SECONDS = 0.2
BALANCED, DIFFERENT, UNSETTLED = 0, 1, 2


class DidNotSettleError(Exception):
    """What the audit waited for when its time was over."""


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
        self._consumers = list(reactions_classes())
        self._databases = {name: Database.of(name) for name in catalogue.deputies()}
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
        books = Books(heads={name: db.heads() for name, db in self._databases.items()})
        deadline = time.monotonic() + self._wait
        self._until(deadline, lambda: self._unsent(books))
        ends = self._topics.ends(self._names)
        self._until(deadline, lambda: self._unread(ends))
        for consumer in self._consumers:
            books.consumers[consumer.name] = consumer.topics
            books.progress[consumer.name] = self._databases[consumer.service].progress(
                consumer.name
            )
        books.matters = {name: db.matters() for name, db in self._databases.items()}
        ledger, scan = Ledger(), Scan.empty()
        beginnings = self._topics.beginnings(self._names)
        books.later = {name: db.heads() for name, db in self._databases.items()}
        self._until(deadline, lambda: self._unsent_at(books))
        self._scan(self._topics.ends(self._names), ledger, scan)
        found = [*consumer_differences(books), *custody_differences(books, ledger)]
        found += [
            Difference("topic", topic, f"partition {number}", f"begins at {offset}")
            for (topic, number), offset in beginnings.items()
            if offset > 0
        ]
        if self._records:
            found += record_differences(scan.records, scan.effects, highest(books.later))
        return Report(sorted(set(found)), self._counted(books, ledger))

    def _scan(self, ends: dict[tuple[str, int], int], ledger: Ledger, scan: Scan) -> None:
        wanted = {at: end for at, end in ends.items() if self._records or at[0] == CUSTODY_TOPIC}
        for delivery in self._topics.read(wanted):
            record = delivery.record
            if record.topic == CUSTODY_TOPIC:
                ledger.read(record, delivery.payload)
            scan.records[record.topic, record.key][record.seq].add(record.record_id)
            if (effect := effect_of(record)) is not None:
                scan.effects[effect].add(record.record_id)

    def _until(self, deadline: float, left: Callable[[], list[str]]) -> None:
        while waiting := left():
            if time.monotonic() > deadline:
                raise DidNotSettleError(f"{waiting[0]} (and {len(waiting) - 1} more)")
            time.sleep(LOOK_SECONDS)

    def _unsent(self, books: Books) -> list[str]:
        return [row for name, db in self._databases.items() for row in db.unsent(books.heads[name])]

    def _unsent_at(self, books: Books) -> list[str]:
        return [row for name, db in self._databases.items() for row in db.unsent(books.later[name])]

    def _unread(self, ends: dict[tuple[str, int], int]) -> list[str]:
        return [text for consumer in self._consumers for text in self._behind(consumer, ends)]

    def _behind(self, consumer: ReactionsClass, ends: dict[tuple[str, int], int]) -> list[str]:
        positions = self._databases[consumer.service].positions(consumer.name)
        return [
            f"{consumer.name}: {topic} {number} is not read to {end}"
            for (topic, number), end in ends.items()
            if topic in consumer.topics and positions.get((topic, number), 0) < end
        ]

    def _counted(self, books: Books, ledger: Ledger) -> dict[str, int]:
        return {
            "databases": len(self._databases),
            "keys": len(highest(books.heads)),
            "events": sum(highest(books.heads).values()),
            "consumers": len(self._consumers),
            "parked": sum(
                len(state.parked) for own in books.progress.values() for state in own.values()
            ),
            "matters": len(ledger.matters),
            "open matters": sum(1 for _ in ledger.still_open()),
        }


def run(*, records: bool, wait_seconds: float = 60.0) -> Report:
    """Audit this copy. DidNotSettleError after wait_seconds."""
    audit = Audit(records=records, wait_seconds=wait_seconds)
    try:
        return audit.run()
    finally:
        audit.close()


def audit(
    records: Annotated[bool, typer.Option(help="Also scan every record.")] = False,
    wait: Annotated[float, typer.Option(help="Seconds to wait for quiet.")] = 60.0,
) -> None:
    """Prove that nothing was lost, doubled or left without a holder.

    Exit 0: balanced. 1: differences, each with its key. 2: it did not settle.
    """
    try:
        report = run(records=records, wait_seconds=wait)
    except DidNotSettleError as error:
        typer.echo(f"audit: did not settle: {error}", err=True)
        raise typer.Exit(UNSETTLED) from None
    for name, count in report.counts.items():
        typer.echo(f"{name:14} {count:>9,}")
    for difference in report.differences:
        typer.echo(f"difference: {difference}")
    typer.echo("audit: balanced" if report.balanced else "audit: NOT balanced")
    raise typer.Exit(BALANCED if report.balanced else DIFFERENT)
