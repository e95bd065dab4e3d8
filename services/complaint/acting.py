"""What every rpc that acts on a complaint does: ask the table, write the act, mind the clock."""

from datetime import datetime
from functools import partial
from typing import Protocol

from services.chassis.errors import NotAllowed
from services.complaint import steps, store
from services.complaint.domain import DANGER, Answer, Complaint
from services.complaint.on_file import OnFile
from services.complaint.status import MINISTRIES, law_of, stage_of, standing, window_of
from services.complaint.workflow import LAW, is_heard
from services.handover import holding
from services.handover.acting import is_asked
from services.handover.custody import Custody, Offer, OfferState
from services.handover.writing import held, held_even_closed
from services.process.acts import Allowed, Guards, act, told_of

REFERRAL = "referral"


class About(Protocol):
    """A command about one complaint."""

    @property
    def complaint_id(self) -> str:
        """Which one."""

    @property
    def version(self) -> int:
        """As the caller has seen it; 0: however it is."""


class Acting(OnFile):
    """Custody is locked before the complaint."""

    last_act = staticmethod(store.last)

    def _held(self, request: About) -> tuple[Complaint, Custody]:
        """A complaint that is held here and the caller has seen as it is, both locked. What has
        ended the table refuses, which knows the rule and who was first."""
        complaint, custody = self._held_even_closed(request)
        if custody.closed and complaint.closed_at is None:
            held(self.uow, request.complaint_id)
        return complaint, custody

    def _held_even_closed(self, request: About) -> tuple[Complaint, Custody]:
        custody = held_even_closed(self.uow, request.complaint_id)
        return self._seen(request), custody

    def _with_custody(self, request: About) -> tuple[Complaint, Custody]:
        """A complaint, locked, whoever holds it."""
        complaint = self._seen(request)
        return complaint, self.uow.read(Custody, request.complaint_id)

    def _seen(self, request: About) -> Complaint:
        """NotAllowed (STALE): somebody has acted since the caller looked."""
        complaint = self.uow.get(Complaint, request.complaint_id)
        if request.version not in (0, complaint.version):
            last = self.last_act(self.uow.session, complaint.complaint_id)
            raise NotAllowed(
                "a command is done on the version that its caller has seen: complaint"
                f" {complaint.complaint_id} is at version {complaint.version}, not"
                f" {request.version} any more{told_of(last)}",
                reason="STALE",
            )
        return complaint

    def _act(
        self,
        action: str,
        complaint: Complaint,
        custody: Custody,
        reason: str = "",
        asked: Guards | None = None,
        *,
        is_news: bool = True,
    ) -> Allowed:
        """What the table allows is written down, with the law that holds for the complaint.

        `asked`: guards of this action alone, and evidence that it knows more closely. `is_news`:
        whoever has seen the complaint before has to look again.
        """
        where = standing(complaint, stage_of(complaint, custody), self.uow.now, custody.holder)
        every = {**guards(custody), **self._on_file(complaint), **(asked or {})}
        last = partial(self.last_act, self.uow.session, complaint.complaint_id)
        allowed = act(self.uow, LAW, where, action, every, reason, last)
        complaint.version += is_news
        if is_heard(allowed.act):
            complaint.hear(self.uow.now)
        return allowed

    def _answer(self, complaint: Complaint, text: str) -> str:
        """Write what whoever complained reads; the note."""
        note_id = self.uow.write_note(complaint.complaint_id, text)
        answer = Answer(note_id, complaint.complaint_id, self.uow.now)
        self.uow.emit(complaint.answer(answer))
        self.uow.write_down(answer)
        return note_id

    def _is_open(self, other: str) -> bool:
        """Whether another complaint goes on, and until the commit nobody ends it. NotFound: there
        is none."""
        return self.uow.guard(Complaint, other).closed_at is None

    def _start(self, allowed: Allowed, clock: str, complaint: Complaint) -> datetime:
        """An action that ends the clock which ran, and starts another; until when that runs."""
        return steps.start(self.uow, allowed, clock, complaint)

    def _reopen(self, complaint: Complaint, code: str) -> None:
        """Take the matter up again, in the time that the law of its end gives; NotAllowed."""
        rule = law_of(complaint, complaint.closed_at or self.uow.now).clocks["reopen"].regulation
        holding.reopen(self.uow, complaint.complaint_id, code, window_of(complaint), rule)

    def _hurry(self, allowed: Allowed, complaint: Complaint, custody: Custody) -> None:
        """A life turns out to be in danger: whoever sees to it hears that at once, and whoever is
        offered it has no longer than if it were offered now."""
        steps.note_danger(self.uow, complaint, custody)
        offer = custody.open_offer
        if offer is None or offer.state is OfferState.ASKED or is_referral(offer):
            return
        clock = allowed.law.clocks[offer_clock(complaint)]
        due_at = clock.due_at(self.uow.now, calendar=steps.receivers_calendar(self.uow))
        if due_at < offer.due_at:
            self._start(allowed, clock.name, complaint)
            holding.hasten(self.uow, complaint.complaint_id, due_at, clock.regulation)

    def _end(self, allowed: Allowed, complaint: Complaint) -> None:
        """The clock that ran ends; whoever is late is written down as late."""
        steps.end(self.uow, allowed, complaint)


def is_referral(offer: Offer) -> bool:
    """Whether it is to a ministry."""
    return offer.receiver.service == MINISTRIES


def guards(custody: Custody) -> Guards:
    """What the actions of workflow.toml may need, by its names, apart from what one action alone
    asks for."""
    offer = custody.open_offer
    return {
        "is_asked": lambda: is_asked(custody),
        "is_unasked": lambda: offer is not None and offer.state is OfferState.OFFERED,
    }


def clock_of(offer: Offer | None, complaint: Complaint) -> str:
    """The clock that runs on an open offer."""
    return REFERRAL if offer is not None and is_referral(offer) else offer_clock(complaint)


def offer_clock(complaint: Complaint) -> str:
    """The clock of a receiver: shorter when a life is in danger."""
    return "offer_in_danger" if complaint.severity == DANGER else "offer"
