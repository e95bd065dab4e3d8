"""The reactions that every holder service shares: it follows each matter's custody log, decides
the replies to its own offers, and runs its offers' clocks.

A service subclasses HandoverReactions in its reactions.py, gives it a `name` and overrides hooks.
"""

from collections.abc import Callable
from typing import ClassVar

from estafet.handover.v1 import custody_pb2 as pb
from estafet.handover.v1.reply_pb2 import HandoverReply
from google.protobuf.message import Message

from services.chassis import catalogue, telemetry
from services.chassis.envelope import Record
from services.chassis.errors import NotFound
from services.chassis.reaction import on_event, on_unknown_record, record_of
from services.chassis.timers import on_timer
from services.chassis.together import Rows
from services.handover import deciding, writing
from services.handover.custody import DEFAULT_LIMITS, Custody, Limits, Party
from services.handover.fold import CUSTODY_EVENTS, Entry, entry_of, fold
from services.handover.folding import Told, fold_all
from services.handover.hooks import Hooks, may_name

Method = Callable[..., None]
# The records that bring whom they name something, whatever hooks there are.
_BROUGHT = (pb.HandoverOffered, pb.HandoverAccepted, pb.HandoverReturned)


class UnknownKind(Exception):
    """A hand-over was offered to us of a kind, or with a brief, that this release cannot read."""


class UnknownRecord(Exception):
    """The custody log has a record of a type that this release does not know."""


def on_every_custody_event(method: Method) -> Method:
    """Subscribe a method to all records of the custody log."""
    for event_type in CUSTODY_EVENTS:
        method = on_event(event_type)(method)
    return method


class HandoverReactions(Hooks):
    """One consumer per service: custody of every matter, replies of every service, clocks."""

    name: ClassVar[str]
    limits: Limits = DEFAULT_LIMITS
    coordinator_unit = "coordinator"
    # What the hooks get with the matter's id.
    kept: ClassVar[tuple[type, ...]] = ()

    @classmethod
    def can_wait(cls, service: str, record: Record, event: Message) -> bool:
        """Whether nobody waits for a record here: most are about others, or known already."""
        if isinstance(event, HandoverReply):
            return not deciding.may_be_for(event, service)
        if type(event) not in CUSTODY_EVENTS:
            return False
        return not cls._asks_of(service, entry_of(record, event))

    @classmethod
    def gets(cls, service: str, record: Record, event: Message) -> tuple[type, ...]:
        """What is got for a record, locked: the matter, and what a service keeps of it."""
        if isinstance(event, HandoverReply):
            return (Custody,) if deciding.may_be_for(event, service) else ()
        if type(event) in CUSTODY_EVENTS and cls._asks_of(service, entry_of(record, event)):
            return (Custody, *cls.kept)
        return ()

    @classmethod
    def _asks_of(cls, service: str, entry: Entry) -> bool:
        """Whether a record brings a service the baton or an offer, or concerns a hook of it."""
        is_ours = entry.writer == service
        if not is_ours and type(entry.event) in _BROUGHT and may_name(entry.event, service):
            return True
        return cls.hears(service, entry.writer, entry.event)

    @on_every_custody_event
    def follow_custody(self, event: Message) -> None:
        """Fold a record into our row, take the baton if it comes to us, tell the hooks.

        Our own records come back here, too: they are folded already, but not yet told. Those that
        ask nothing of us are most of all, and are folded many at once.
        """
        record = record_of(self.uow)
        entry = entry_of(record, event)
        if not self._asks_of(self.uow.service, entry):
            is_ours = entry.writer == self.uow.service
            self.uow.gather((record, entry), _pass_over if is_ours else _follow_all)
            return
        custody = self._folded(entry)
        if record.seq == custody.custody_no:
            custody.traceparent = record.headers.get(telemetry.PARENT, "")
        if entry.writer != self.uow.service and _names_as_holder(event, self.uow.service):
            self.uow.receive_baton(custody.matter_id, record.seq)
        if record.seq > custody.told_no:
            custody.told_no = record.seq
            self.tell(custody, record.seq, event)

    def _folded(self, entry: Entry) -> Custody:
        if isinstance(entry.event, pb.HandoverOffered):
            self._must_know_kind(entry.event)
        matter_id = str(getattr(entry.event, "matter_id", ""))
        try:
            custody = self.uow.get(Custody, matter_id)
        except NotFound:
            custody = fold(None, entry)
            self.uow.add(custody)
        if entry.seq > custody.custody_no:
            fold(custody, entry)
        return custody

    def _must_know_kind(self, offered: pb.HandoverOffered) -> None:
        if offered.receiver.service != self.uow.service:
            return
        brief = catalogue.briefs().get(offered.kind)
        if brief is None or offered.brief.TypeName() != brief.DESCRIPTOR.full_name:
            raise UnknownKind(
                f"{self.uow.service} cannot read a hand-over of kind {offered.kind} "
                f"with brief {offered.brief.TypeName()}: upgrade me, then requeue"
            )

    @on_unknown_record(catalogue.CUSTODY_TOPIC)
    def refuse_unknown(self, record: Record) -> None:
        """A later release has written a record of a type that this one cannot fold: the matter
        stands still here, and nothing of it is lost."""
        raise UnknownRecord(
            f"{self.uow.service} cannot fold a {record.type} of matter {record.key}:"
            " upgrade me, then requeue"
        )

    @on_event(HandoverReply)
    def decide_reply(self, reply: HandoverReply) -> None:
        """Write what a reply makes of our open offer; a reply to another's offer is nothing."""
        deciding.decide(self.uow, reply, record_of(self.uow).time, self.limits)

    @on_timer(writing.LAPSE, Custody)
    def lapse_offer(self, matter_id: str, number: int) -> None:
        """Nobody answered in time: the offer lapses."""
        clock = (matter_id, number)
        deciding.lapse(self.uow, self.name, clock, self.limits, self.coordinator)

    @on_timer(writing.ANSWER, Custody)
    def end_question(self, matter_id: str, number: int) -> None:
        """We did not clarify in time: the offer is withdrawn and comes back escalated."""
        deciding.end_question(self.uow, self.name, (matter_id, number))

    def coordinator(self, custody: Custody) -> Party:
        """Who becomes holder when offers of a matter have lapsed too often."""
        return Party(custody.holder.service, custody.holder.organisation, self.coordinator_unit)


def _follow_all(rows: Rows, told: list[Told]) -> None:
    fold_all(rows, told, _note_told)


def _pass_over(rows: Rows, told: list[Told]) -> None:
    """Our own records are in our rows since we wrote them, unless the database is an older copy."""
    known = rows.find_all(Custody, {record.key for record, _ in told})
    missed = [
        (record, entry)
        for record, entry in told
        if record.key not in known or known[record.key].custody_no < entry.seq
    ]
    fold_all(rows, missed, _note_told)


def _note_told(custody: Custody, _held_by: Party | None, record: Record) -> None:
    custody.traceparent = record.headers.get(telemetry.PARENT, "")
    custody.told_no = record.seq


def _names_as_holder(event: Message, service: str) -> bool:
    if not isinstance(event, (pb.HandoverAccepted, pb.HandoverReturned)):
        return False
    return event.holder.service == service
