"""What insight does when others act: it keeps what they tell, and emits nothing.

Order is promised within a key alone, so what is kept of a record depends on its own key's records
and on nothing of other topics: in whatever order topics come, the tables end the same.
"""

from google.protobuf.message import Message

from services.chassis.envelope import Record
from services.chassis.reaction import nobody_waits, on_any_record
from services.chassis.unit_of_work import Database
from services.handover.baton import on_every_custody_event
from services.handover.fold import entry_of
from services.insight.domain import Seen
from services.insight.folding import follow_all


class InsightReactions:
    """Reads every topic. It holds no matter: it follows custody, and never writes it."""

    name = "insight.reader"
    uow = Database()

    # Whoever asks the read side does not see the last moment.
    can_wait = staticmethod(nobody_waits)

    @on_every_custody_event
    def follow_custody(self, event: Message) -> None:
        """Fold a custody record, and keep it."""
        record = self.uow.record
        if record is None:
            raise RuntimeError("a reaction runs on a record")
        self.uow.gather((record, entry_of(record, event)), follow_all)
        self.uow.add(seen(record, event.SerializeToString(deterministic=True)))

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
