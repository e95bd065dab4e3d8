"""What exchange does when others act: deputies, ministries and time."""

from collections.abc import Callable
from typing import Any

from estafet.exchange.v1.briefs_pb2 import ReferralBrief
from google.protobuf.message import Message

from services.chassis.client import Neighbour
from services.chassis.outside import Letter, on_outside
from services.chassis.reaction import nobody_waits, on_event
from services.chassis.timers import every, on_timer
from services.chassis.unit_of_work import Database
from services.exchange import inbox, news, referring, store
from services.exchange.agreements import AGREEMENTS
from services.exchange.deliverer import sends
from services.exchange.domain import Referral, Referred
from services.exchange.names import inbox_of
from services.exchange.sealing import Row, sealed
from services.exchange.workflow import LAW
from services.handover import receiving
from services.handover.acting import void
from services.handover.custody import Custody, Offer
from services.handover.recounting import BATCH, RecountingReactions
from services.process.aside import Aside
from services.process.calendars import Calendars

Method = Callable[..., None]


def on_every_agreed_event(method: Method) -> Method:
    """Subscribe a method to the events of others that some agreement names."""
    for event_type in AGREEMENTS.events():
        method = on_event(event_type)(method)
    return method


class ExchangeCustody(RecountingReactions):
    """Keeps the custody of matters; tells ministries what they are offered, runs their clocks."""

    name = "exchange.custody"
    law = LAW

    def recount_by(self, calendars: Calendars) -> int:
        """It offers nothing: the clocks are those of ministries."""
        moved, aside = 0, Aside()
        for referral in store.awaited(self.uow.session, self.uow.now):
            with aside.each(referral.matter_id):
                if referring.moves_of(self.uow, referral, calendars):
                    moved += referring.recount(self.uow, referral.referral_id, calendars)
            if moved == BATCH:
                break
        return moved

    def on_offered(self, custody: Custody, offer: Offer, brief: Message) -> None:
        """Tell the ministry; for one that has no agreement decline at once."""
        if not isinstance(brief, ReferralBrief):
            raise TypeError(f"exchange has no queue for {brief.DESCRIPTOR.full_name}")
        known = self.uow.find(Referred, custody.matter_id)
        if known is None:
            self.uow.add(Referred.of(custody.matter_id, brief))
        else:
            known.learn(brief)
        if news.takes_referrals(self.uow, offer.receiver.organisation):
            news.tell_of_offer(self.uow, custody, offer, "offered")
        elif offer.is_open and self.uow.now <= offer.due_at:
            receiving.decline(self.uow, custody.matter_id, offer.offer_no, "no_agreement")

    def on_clarified(self, custody: Custody, offer: Offer) -> None:
        """Tell the ministry what the giver has answered."""
        news.tell_of_offer(self.uow, custody, offer, "clarified")

    def on_extended(self, custody: Custody, offer: Offer) -> None:
        """Tell the ministry that it may take longer."""
        news.tell_of_offer(self.uow, custody, offer, "extended")

    def on_confirmed(self, _custody: Custody, offer: Offer) -> None:
        """The ministry's clock runs."""
        referring.begin(self.uow, offer.resource_id)

    def on_offer_over(self, custody: Custody, offer: Offer) -> None:
        """What was pending never begins, and the ministry is told."""
        if offer.pending_id:
            referral = self.uow.get(Referral, offer.pending_id)
            void(self.uow, LAW, referral, referring.of_referral(referral, self.uow.now), offer)
        news.tell_of_offer(self.uow, custody, offer, offer.state)

    @on_timer(referring.SILENCE)
    def end_silence(self, referral_id: str, reminders: int) -> None:
        """A ministry has not given its result in time."""
        referring.end_silence(self.uow, referral_id, reminders)


class ExchangeInbox:
    """Takes what ministries answer."""

    name = referring.INBOX
    uow = Database()

    @on_outside(inbox_of(ministry) for ministry in AGREEMENTS.ministries)
    def take_answer(self, letter: Letter) -> None:
        inbox.take(self.uow, letter)

    @every(3600)
    def forget_letters(self) -> None:
        """A message that comes again after its inbox has forgotten it is a new one."""
        store.forget_letters(self.uow.session)


class ExchangeStreams:
    """Tells ministries what their agreements name."""

    name = "exchange.streams"
    uow = Database()
    complaint = Neighbour("complaint")
    placement = Neighbour("placement")
    protection = Neighbour("protection")

    # A ministry reads its stream when it likes.
    can_wait = staticmethod(nobody_waits)

    @on_every_agreed_event
    def tell_ministries(self, event: Message) -> None:
        news.tell_everybody(self.uow, event)

    @every(3600)
    def forget_news(self) -> None:
        """What the topics have forgotten cannot be sent again either."""
        store.forget_news(self.uow.session)

    @sends
    def send_out(self, row: Row) -> bytes:
        """Ask the owners of what is personal, and seal it for the ministry."""
        owners: dict[str, Any] = {
            "complaint": self.complaint,
            "placement": self.placement,
            "protection": self.protection,
        }
        return sealed(row, owners, self.uow.now)
