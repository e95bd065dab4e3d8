"""What complaint does when others act."""

from datetime import timedelta
from functools import partial

from estafet.exchange.v1.events_pb2 import MinistryReminded, ReferralOpened, ReferralRecounted
from estafet.handover.v1.custody_pb2 import HandoverReturned
from estafet.protection.v1.events_pb2 import CaseOpened, MediationHeld

from services.chassis.errors import TryAgain
from services.chassis.reaction import nobody_waits, on_event
from services.chassis.timers import every
from services.chassis.unit_of_work import Database
from services.complaint import access_store, sanction_steps, steps, store, telling
from services.complaint.access import TRIES_COUNT_FOR
from services.complaint.custodians import give_to_queue
from services.complaint.domain import Complaint, Progress
from services.complaint.sanction import SANCTION
from services.complaint.status import MINISTRIES, SERVICE, Stage, standing
from services.complaint.workflow import FOLLOW_UP, KIND, LAW, OFFICES
from services.handover.baton import HandoverReactions
from services.handover.custody import SILENT, Custody, Offer, OfferState
from services.handover.fold import instant
from services.messages.claiming import Trouble
from services.messages.sending import Messenger
from services.process.acts import Standing, heard
from services.process.digests import tell_digests

# By real seconds: how often somebody looks whether a clock has reached a step.
LOOK_SECONDS = 30
# A decree comes with a release.
RECOUNT_SECONDS = 3600
REPEATED_FOR = timedelta(days=7)


class ComplaintCustody(HandoverReactions):
    """Keeps the custody of matters and decides the replies to complaint's offers."""

    name = "complaint.custody"
    kept = (Complaint,)

    def on_returned(self, custody: Custody, returned: HandoverReturned) -> None:
        """Complaint holds again: its own part has a clock of its own."""
        if custody.kind == KIND:
            complaint = self.uow.get(Complaint, custody.matter_id)
            # A ministry that was silent has no result: complaint goes on where it was.
            complaint.come_back("" if returned.result == SILENT else returned.result)
            was = Stage.WATCHED if returned.receiver.service == MINISTRIES else Stage.HANDED_OVER
            where = standing(complaint, was, self.uow.now, custody.holder)
            self._note(complaint, where, "given_back", returned.result, FOLLOW_UP)
            give_to_queue(self.uow, complaint, custody)

    def on_asked(self, custody: Custody, offer: Offer) -> None:
        """Whoever is accountable has until `answer_by`: then the offer ends."""
        # It may be answered by now.
        if offer.state is not OfferState.ASKED:
            return
        if custody.kind == SANCTION:
            sanction_steps.note_of(self.uow, custody, offer)
        elif custody.kind == KIND:
            complaint = self.uow.get(Complaint, custody.matter_id)
            note = steps.note(self.uow, complaint, custody, "asked")
            note.due_at = offer.answer_by or note.due_at

    def on_refused(self, custody: Custody, offer: Offer) -> None:
        """Nobody took it: complaint goes on where it was, with the clock of that. A sanction has
        none until it is recommended anew or dropped."""
        if custody.open_offer or custody.holder.service != SERVICE:
            return
        if custody.kind == SANCTION and not custody.closed:
            sanction_steps.note_of(self.uow, custody, offer)
        if custody.kind != KIND:
            return
        complaint = self.uow.get(Complaint, custody.matter_id)
        # Closed, or withdrawn by an officer, who has started the clock already.
        if complaint.closed_at is not None or complaint.clock not in steps.OFFERED:
            return
        where = standing(complaint, Stage.OFFERED, self.uow.now, custody.holder)
        reason = offer.code or offer.state
        self._note(complaint, where, "not_accepted", reason, complaint.first_clock)

    def _note(
        self, complaint: Complaint, where: Standing, action: str, reason: str, clock: str
    ) -> None:
        """What others have done is written down, and complaint's own clock starts."""
        told = heard(self.uow, LAW, where, action, reason)
        steps.start(self.uow, told, clock, complaint)
        complaint.version += 1

    @every(LOOK_SECONDS, when_moved=True)
    def take_steps(self) -> bool:
        """Whoever has to do something next hears that time passes."""
        more = steps.take_due_steps(self.uow)
        return sanction_steps.take_due_steps(self.uow) or more

    @every(RECOUNT_SECONDS, when_moved=True)
    def recount_clocks(self) -> bool:
        """A decree has moved days off: what was counted without it is counted again."""
        more = steps.recount(self.uow)
        return sanction_steps.recount(self.uow) or more

    @every(LOOK_SECONDS, when_moved=True)
    def tell_digests(self) -> bool:
        """What people are told of their clocks, once a day, is made in the morning."""
        return tell_digests(self.uow, OFFICES, partial(telling.tell_digest, self.uow))


class ComplaintMessages(Messenger):
    """Sends what people are to be told, and has an officer find a way where there is none."""

    name = "complaint.messages"

    def on_trouble(self, told: Trouble) -> None:
        """Whoever is accountable for the complaint hears that nobody was told."""
        complaint = self.uow.find(Complaint, told.matter_id)
        if complaint is not None:
            steps.note(self.uow, complaint, self.uow.read(Custody, told.matter_id), "unreachable")


class ComplaintReactions:
    """Lets the status say how far the deputy that holds a complaint has come."""

    name = "complaint.reactions"
    uow = Database()

    # Whoever asks for the status does not see the last moment.
    can_wait = staticmethod(nobody_waits)

    @on_event(CaseOpened)
    def show_case_opened(self, event: CaseOpened) -> None:
        self._show(event.matter_id, event.case_id, Progress.CASE_OPENED)

    @on_event(MediationHeld)
    def show_mediation_held(self, event: MediationHeld) -> None:
        self._show(event.matter_id, event.case_id, Progress.MEDIATION_HELD)

    def _show(self, matter_id: str, case_id: str, progress: Progress) -> None:
        if complaint := self._with(matter_id, case_id):
            complaint.show(progress)

    @on_event(ReferralOpened)
    def show_referral(self, event: ReferralOpened) -> None:
        self._await(event)

    @on_event(MinistryReminded)
    @on_event(ReferralRecounted)
    def show_reminder(self, event: MinistryReminded | ReferralRecounted) -> None:
        self._await(event)

    def _await(self, event: ReferralOpened | MinistryReminded | ReferralRecounted) -> None:
        """Whoever complained is told by when the ministry owes its result. TryAgain until the
        acceptance was read, which comes before on another topic."""
        custody = self.uow.find(Custody, event.matter_id)
        is_open = custody is not None and custody.kind == KIND and not custody.closed
        if custody and is_open and not custody.led_to(event.referral_id):
            raise TryAgain(
                f"the acceptance of referral {event.referral_id} is not read yet",
                reason="ACCEPTANCE_PENDING",
            )
        if complaint := self._with(event.matter_id, event.referral_id):
            complaint.result_due_at = instant(event.answer_by)

    def _with(self, matter_id: str, resource_id: str) -> Complaint | None:
        """The complaint that was handed over into a case or a referral; None for those of an
        earlier hand-over and of another deputy's matter."""
        custody = self.uow.find(Custody, matter_id)
        offer = custody.last_offer if custody and custody.kind == KIND else None
        if offer is None or offer.resource_id != resource_id:
            return None
        return self.uow.get(Complaint, matter_id)

    @every(300)
    def forget_tries(self) -> None:
        """Tries of OpenAccess count for 15 minutes only."""
        access_store.forget_tries(self.uow.session, older_than=TRIES_COUNT_FOR)

    @every(3600)
    def forget_received(self) -> None:
        """No gateway brings a message again after so long."""
        store.forget_received(self.uow.session, older_than=REPEATED_FOR)
