"""What insight does when others act: it keeps what they tell, and emits nothing.

Order is promised within a key alone, so what is kept of a record depends on its own key's records
and on nothing of other topics: in whatever order topics come, the tables end the same.
"""

from estafet.exchange.v1.events_pb2 import (
    MinistryReminded,
    ReferralEnded,
    ReferralOpened,
    ReferralRecounted,
)
from google.protobuf.message import Message

from services.chassis.envelope import Record
from services.chassis.reaction import nobody_waits, on_any_record, on_event, record_of
from services.chassis.unit_of_work import Database
from services.handover.baton import on_every_custody_event
from services.handover.fold import entry_of, instant
from services.insight.domain import Awaited, Seen
from services.insight.folding import follow_all

Dated = ReferralOpened | MinistryReminded | ReferralRecounted


class InsightReactions:
    """Reads every topic. It holds no matter: it follows custody, and never writes it."""

    name = "insight.reader"
    uow = Database()

    # Whoever asks the read side does not see the last moment.
    can_wait = staticmethod(nobody_waits)

    @on_every_custody_event
    def follow_custody(self, event: Message) -> None:
        """Fold a custody record, and keep it."""
        record = record_of(self.uow)
        self.uow.gather((record, entry_of(record, event)), follow_all)
        self.uow.add(seen(record, event))

    @on_event(ReferralOpened)
    @on_event(MinistryReminded)
    @on_event(ReferralRecounted)
    @on_event(ReferralEnded)
    def follow_referral(self, event: Dated | ReferralEnded) -> None:
        """Keep by when a ministry owes a result, until there is one."""
        record = record_of(self.uow)
        awaited = self.uow.find(Awaited, event.referral_id)
        if isinstance(event, ReferralEnded):
            if awaited is not None:
                awaited.ended = True
        elif awaited is None:
            by = instant(event.answer_by)
            self.uow.add(
                Awaited(event.referral_id, event.matter_id, record.service, event.ministry, by)
            )
        else:
            awaited.answer_by = instant(event.answer_by)
        self.uow.add(seen(record, event))

    @on_any_record
    def note_record(self, record: Record) -> None:
        """Keep that something was told, and by whom; what it says is its own service's."""
        self.uow.add(seen(record))


def seen(record: Record, event: Message | None = None) -> Seen:
    """What is kept of a record, and of one that sets clocks its event."""
    return Seen(
        topic=record.topic,
        key=record.key,
        seq=record.seq,
        record_id=record.record_id,
        type=record.type,
        service=record.service,
        at=record.time,
        journey_id=record.journey_id,
        trace_id=record.trace_id,
        payload=event.SerializeToString(deterministic=True) if event else b"",
    )
