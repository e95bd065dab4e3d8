"""What a holder service does about hand-overs: it overrides these in its reactions.

Each runs once per record, in the order of the log, in the transaction that reads the record from
the custody topic, our own records included. The custody may be ahead of the record by what this
service has written since: decide by the custody.
"""

from typing import Any

from estafet.handover.v1 import custody_pb2 as pb
from google.protobuf.message import Message

from services.chassis import catalogue
from services.chassis.unit_of_work import Database
from services.handover.custody import Custody, Offer


class Hooks:
    """All do nothing until they are overridden."""

    uow = Database()

    # We are the offer's receiver.

    def on_offered(self, custody: Custody, offer: Offer, brief: Message) -> None:
        """A matter is offered to us: queue it."""

    def on_clarified(self, custody: Custody, offer: Offer) -> None:
        """The giver has answered our question: offer.answer_note_id."""

    def on_extended(self, custody: Custody, offer: Offer) -> None:
        """We may take longer: offer.due_at."""

    def on_confirmed(self, custody: Custody, offer: Offer) -> None:
        """Our acceptance stands and we hold: what was pending (offer.resource_id) begins."""

    def on_offer_over(self, custody: Custody, offer: Offer) -> None:
        """The offer ended without a hand-over (offer.state): offer.pending_id, if any, ends."""

    # We are the offer's giver.

    def on_asked(self, custody: Custody, offer: Offer) -> None:
        """The receiver asks (offer.question_note_id) and waits until offer.answer_by."""

    def on_accepted(self, custody: Custody, offer: Offer) -> None:
        """The receiver holds now."""

    def on_refused(self, custody: Custody, offer: Offer) -> None:
        """Declined, lapsed or withdrawn (offer.state, offer.code): it is back in our queue."""

    def on_returned(self, custody: Custody, returned: pb.HandoverReturned) -> None:
        """The receiver has done its part and we hold again: set our own new clock."""

    # Every matter that this service follows.

    def on_closed(self, custody: Custody) -> None:
        """The obligation has ended."""

    def on_reopened(self, custody: Custody) -> None:
        """The obligation is taken up again by its last holder."""

    def on_reassigned(self, custody: Custody) -> None:
        """The holder's unit, officer or coordinator has changed."""

    @classmethod
    def hears(cls, service: str, writer: str, event: Message) -> bool:
        """Whether a record could concern a hook that this class overrides."""
        if hook := _OF_A_MATTER.get(type(event)):
            return cls._has(hook)
        receivers, givers = _OF_AN_OFFER.get(type(event), ("", ""))
        # The giver holds the matter while its offer is open, and so writes what becomes of it.
        is_giver = writer == service
        return (may_name(event, service) and cls._has(receivers)) or (is_giver and cls._has(givers))

    @classmethod
    def _has(cls, hook: str) -> bool:
        return bool(hook) and getattr(cls, hook) is not getattr(Hooks, hook)

    def tell(self, custody: Custody, seq: int, event: Message) -> None:
        """Call the hooks that a record of the log concerns."""
        if isinstance(event, pb.HandoverOffered):
            self._tell_offered(custody, seq, event)
        elif isinstance(event, pb.HandoverReturned):
            if event.holder.service == self.uow.service:
                self.on_returned(custody, event)
        elif type(event) in _OF_AN_OFFER:
            self._tell_parties(custody, event, *_OF_AN_OFFER[type(event)])
        elif type(event) in _OF_A_MATTER:
            getattr(self, _OF_A_MATTER[type(event)])(custody)

    def _tell_offered(self, custody: Custody, seq: int, event: pb.HandoverOffered) -> None:
        if event.receiver.service == self.uow.service:
            brief = catalogue.briefs()[event.kind]()
            event.brief.Unpack(brief)
            self.on_offered(custody, _offer(custody, seq), brief)

    def _tell_parties(self, custody: Custody, event: Any, receivers: str, givers: str) -> None:
        offer = _offer(custody, event.offer_no)
        if receivers and offer.receiver.service == self.uow.service:
            getattr(self, receivers)(custody, offer)
        if givers and offer.giver.service == self.uow.service:
            getattr(self, givers)(custody, offer)


def _offer(custody: Custody, offer_no: int) -> Offer:
    offer = custody.offer(offer_no)
    if offer is None:
        raise LookupError(f"matter {custody.matter_id} has no offer {offer_no}")
    return offer


def may_name(event: Message, service: str) -> bool:
    """Whether the party that a record names besides its writer, if it names one, is served here."""
    part = _NAMES.get(type(event))
    return part is None or getattr(event, part).service in ("", service)


# The field of the party besides the writer that a record names.
_NAMES: dict[type[Message], str] = {
    pb.HandoverOffered: "receiver",
    pb.HandoverAccepted: "holder",
    pb.HandoverDeclined: "receiver",
    pb.HandoverAsked: "receiver",
    pb.HandoverLapsed: "receiver",
    pb.HandoverReturned: "holder",
}
# The hook of the offer's receiver (of a return: of who gets it back) and that of its giver; empty:
# it knows already.
_OF_AN_OFFER: dict[type[Message], tuple[str, str]] = {
    pb.HandoverOffered: ("on_offered", ""),
    pb.HandoverReturned: ("on_returned", ""),
    pb.HandoverAccepted: ("on_confirmed", "on_accepted"),
    pb.HandoverDeclined: ("on_offer_over", "on_refused"),
    pb.HandoverLapsed: ("on_offer_over", "on_refused"),
    pb.HandoverWithdrawn: ("on_offer_over", "on_refused"),
    pb.HandoverAsked: ("", "on_asked"),
    pb.HandoverClarified: ("on_clarified", ""),
    pb.HandoverExtended: ("on_extended", ""),
}
_OF_A_MATTER: dict[type[Message], str] = {
    pb.MatterClosed: "on_closed",
    pb.MatterReopened: "on_reopened",
    pb.HolderReassigned: "on_reassigned",
}
