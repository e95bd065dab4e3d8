"""Custody logs and news for insight, at instants of an ordinary Monday. People are fictional."""

from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from estafet.common.v1.party_pb2 import Party as PartyMessage
from estafet.handover.v1 import custody_pb2 as pb
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis.progress import Delivery
from services.chassis.testing import A_MORNING
from services.handover.custody import Party
from tests.insight.reading import Reader, delivery

HOUR = timedelta(hours=1)
COMPLAINT = Party("complaint", "kp2mi", "layanan_pengaduan")
PROTECTION = Party("protection", "kp2mi", "pelindungan")
KEMLU = Party("exchange", "kemlu")
M1 = "0190a000-0000-7000-8000-000000000001"
M2 = "0190a000-0000-7000-8000-000000000002"


def stamp(at: datetime) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(at)
    return made


class Matter:
    """A custody log that grows; each record is told an hour after the one before it."""

    def __init__(
        self,
        matter_id: str = M1,
        holder: Party = COMPLAINT,
        at: datetime = A_MORNING,
        root: str = "",
    ) -> None:
        self.matter_id, self.at, self.holder = matter_id, at - HOUR, holder
        self.journey_id = root or matter_id
        self.log: list[Delivery] = []
        opened = pb.MatterOpened(matter_id=matter_id, journey_id=self.journey_id, parent_id=root)
        opened.kind = "complaint"
        opened.holder.CopyFrom(holder.to_proto())
        self._tell(opened)

    def _tell(self, event: Message, writer: str = "") -> "Matter":
        self.at += HOUR
        seq, service = len(self.log) + 1, writer or self.holder.service
        told = delivery(event, service, seq, time=self.at, journey_id=self.journey_id)
        self.log.append(told)
        return self

    @property
    def offer_no(self) -> int:
        """The number of the newest offer."""
        name = pb.HandoverOffered.DESCRIPTOR.full_name
        return max(each.record.seq for each in self.log if each.record.type == name)

    def offered(self, receiver: Party, due_at: datetime, kind: str = "protection.case") -> "Matter":
        event = pb.HandoverOffered(matter_id=self.matter_id, kind=kind, due_at=stamp(due_at))
        event.giver.CopyFrom(self.holder.to_proto())
        event.receiver.CopyFrom(receiver.to_proto())
        return self._tell(event)

    def accepted(self, by: Party) -> "Matter":
        event = pb.HandoverAccepted(matter_id=self.matter_id, offer_no=self.offer_no)
        event.giver.CopyFrom(self.holder.to_proto())
        event.holder.CopyFrom(by.to_proto())
        self._tell(event)
        self.holder = by
        return self

    def asked(self, by: Party, answer_by: datetime) -> "Matter":
        event = pb.HandoverAsked(matter_id=self.matter_id, offer_no=self.offer_no)
        event.receiver.CopyFrom(by.to_proto())
        event.answer_by.CopyFrom(stamp(answer_by))
        return self._tell(event)

    def lapsed(self) -> "Matter":
        return self._tell(
            pb.HandoverLapsed(matter_id=self.matter_id, offer_no=self.offer_no, lapses=1)
        )

    def closed(self) -> "Matter":
        return self._tell(pb.MatterClosed(matter_id=self.matter_id, ground="settled"))


def read(engine: sa.Engine, *matters: Matter, news: tuple[Delivery, ...] = ()) -> Reader:
    """Insight after it has read these."""
    reader = Reader(engine)
    for log in (*(matter.log for matter in matters), *([each] for each in news)):
        placed = [
            replace(each, record=replace(each.record, position=(0, at)))
            for at, each in enumerate(log)
        ]
        reader.read(placed)
    return reader


def party(message: PartyMessage) -> str:
    """Whom a message names, in one word each."""
    return f"{message.service}/{message.organisation}"
