"""What insight does when others act: it keeps what they tell, and emits nothing.

Order is promised within a key alone, so what is kept of a record depends on its own key's records
and on nothing of other topics: in whatever order topics come, the tables end the same.
"""

from datetime import datetime

from google.protobuf.message import Message

from services.chassis.envelope import Record
from services.chassis.reaction import on_any_record
from services.chassis.unit_of_work import Database
from services.handover.baton import on_every_custody_event
from services.handover.custody import Custody, Party
from services.handover.fold import Entry, entry_of, fold
from services.insight.domain import Holding, Seen
from services.insight.store import end_holding


class InsightReactions:
    """Reads every topic. It holds no matter: it follows custody, and never writes it."""

    name = "insight.reader"
    uow = Database()

    @on_every_custody_event
    def follow_custody(self, event: Message) -> None:
        """Fold a custody record, and note whose the matter is from then on."""
        record = self.uow.record
        if record is None:
            raise RuntimeError("a reaction runs on a record")
        entry = entry_of(record, event)
        if entry.seq == 1:
            self._open(entry)
        else:
            self._go_on(self.uow.get(Custody, record.key), entry)
        self.uow.add(seen(record, event.SerializeToString(deterministic=True)))

    def _open(self, entry: Entry) -> None:
        custody = fold(None, entry)
        self.uow.add(custody)
        self.uow.add(_holding(custody, entry.at))

    def _go_on(self, custody: Custody, entry: Entry) -> None:
        before = _holder(custody)
        fold(custody, entry)
        if _holder(custody) == before:
            return
        since = end_holding(self.uow.session, custody.matter_id, entry.at)
        if not custody.closed:
            self.uow.add(_holding(custody, since))

    @on_any_record
    def note_record(self, record: Record) -> None:
        """Keep that something was told, and by whom; what it says is its own service's."""
        self.uow.add(seen(record))


def seen(record: Record, payload: bytes = b"") -> Seen:
    """What is kept of a record."""
    return Seen(
        topic=record.topic,
        key=record.key,
        seq=record.seq,
        record_id=record.record_id,
        type=record.type,
        service=record.source.removeprefix("estafet."),
        at=record.time,
        journey_id=record.journey_id,
        trace_id=record.trace_id,
        payload=payload,
    )


def _holder(custody: Custody) -> Party | None:
    return None if custody.closed else custody.holder


def _holding(custody: Custody, since: datetime) -> Holding:
    return Holding(custody.matter_id, custody.custody_no, **vars(custody.holder), since=since)
