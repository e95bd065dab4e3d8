"""What every deputy does with its own table: ask whether an action is allowed, and write it down.

A deputy's `workflow.toml` has a process of this name for what it is offered, beside those of its
own things: who takes an offer up begins one of these.
"""

from datetime import datetime
from functools import partial
from typing import Protocol

from services.chassis.foreign import is_outside
from services.chassis.unit_of_work import UnitOfWork
from services.handover import holding, receiving
from services.handover.custody import Custody, Offer, OfferState
from services.process.acts import NOWHERE, Allowed, Guards, Standing, allow, heard
from services.process.calendar import local_day
from services.process.law import Law
from services.process.store import last_act

OFFER = "offer"
QUESTION = "question"
# Of a matter that a deputy has begun itself: where it stands by its custody alone.
OFFERED, TAKEN, ENDED = "offered", "taken", "ended"


def standing(
    process: str, subject_id: str, state: str, opened_at: datetime, now: datetime
) -> Standing:
    """Where something of a deputy's stands, by the agency's own calendar."""
    return Standing(process, subject_id, state, local_day(opened_at), local_day(now))


def done(
    uow: UnitOfWork,
    law: Law,
    where: Standing,
    action: str,
    guards: Guards | None = None,
    reason: str = "",
) -> Allowed:
    """What the table allows is written down; NotAllowed, which tells who was first."""
    allowed = may(uow, law, where, action, guards, reason)
    uow.write_down(allowed.act)
    return allowed


def may(
    uow: UnitOfWork,
    law: Law,
    where: Standing,
    action: str,
    guards: Guards | None = None,
    reason: str = "",
) -> Allowed:
    """What the table allows, to be written down once nothing else can refuse it; NotAllowed.

    Who was first is told to whoever calls, and not to another organisation, whose record it is.
    """
    last = None if is_outside(uow.record) else partial(last_act, uow.session, where.matter_id)
    return allow(uow, law, where, action, guards, reason, last)


def begun(
    uow: UnitOfWork,
    law: Law,
    process: str,
    subject_id: str,
    action: str,
    guards: Guards | None = None,
) -> Allowed:
    """An action by which something new begins is written down, if the table allows it."""
    where = standing(process, subject_id, NOWHERE, uow.now, uow.now)
    return done(uow, law, where, action, guards)


def decline(uow: UnitOfWork, law: Law, offered: tuple[str, int], code: str, text: str) -> None:
    """Give an offer (the matter and its number) back, for a reason; NotFound, NotAllowed."""
    done(uow, law, _offer(uow, offered), "DeclineOffer", reason=code)
    receiving.decline(uow, *offered, code, text)


def ask(
    uow: UnitOfWork, law: Law, offered: tuple[str, int], text: str, within_days: int = 0
) -> None:
    """Ask the giver, who has to answer by the clock of questions, or in so many days."""
    allowed = may(uow, law, _offer(uow, offered), "AskAboutOffer")
    answer_by = allowed.starts(QUESTION, within_days)
    # It may refuse, and a message that is refused must have changed nothing.
    receiving.ask(uow, *offered, text, answer_by)
    uow.write_down(allowed.act)


def _offer(uow: UnitOfWork, offered: tuple[str, int]) -> Standing:
    offer = receiving.answerable(uow, *offered)
    return standing(OFFER, offer.matter_id, offer.state, offer.offered_at, uow.now)


class Pending(Protocol):
    """What a receiver has taken up, and the giver has still to confirm."""

    @property
    def is_pending(self) -> bool:
        """Whether it still waits for that."""

    def void(self) -> None:
        """It never begins."""


def void(uow: UnitOfWork, law: Law, thing: Pending, where: Standing, offer: Offer) -> None:
    """What is pending never begins: the offer was over before its acceptance counted."""
    if thing.is_pending:
        heard(uow, law, where, "voided", offer.code or offer.state)
        thing.void()


def stands_by_custody(custody: Custody, here: str, service: str) -> str:
    """Where a matter stands that a deputy has begun: with it (`here`), or as custody tells."""
    if custody.closed:
        return ENDED
    if custody.holder.service != service:
        return TAKEN
    return OFFERED if custody.open_offer else here


def is_asked(custody: Custody) -> bool:
    """Whether the receiver of the open offer waits for our answer."""
    offer = custody.open_offer
    return offer is not None and offer.state is OfferState.ASKED


def end(uow: UnitOfWork, custody: Custody, code: str, allowed: Allowed, article: str = "") -> None:
    """End a matter on a ground of the law that holds for it; a decision states its own article."""
    ground = allowed.law.ground(code, by=allowed.act.action)
    allowed.ends_on(ground, custody.opened_at, answered_at=None)
    if article:
        allowed.act.regulation = article
    holding.close(uow, custody.matter_id, ground.code, article or ground.article)
