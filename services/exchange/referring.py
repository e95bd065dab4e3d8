"""What a ministry does with a matter, whether a liaison officer enters it or its own message says
it. Each is an action of the table, by whoever calls or has written; custody is locked first."""

from collections.abc import Sequence
from datetime import datetime

from services.chassis.errors import TryAgain
from services.chassis.unit_of_work import UnitOfWork
from services.exchange import news
from services.exchange.domain import Referral, Referred
from services.exchange.names import inbox_of
from services.exchange.workflow import ANSWER, LAW, REFERRAL, REMINDER
from services.handover import acting, holding, receiving
from services.handover.custody import SILENT, Custody
from services.handover.writing import held
from services.process.acts import Standing, heard, passed
from services.process.calendars import Calendars
from services.process.recount import Move
from services.process.recounting import Counted, note_moves
from services.process.store import acts_of

SILENCE = "exchange.silence"
INBOX = "exchange.inbox"
REMINDED = "reminded"
# What ends the clocks of a ministry.
SILENT_END = "end_silence"


def of_referral(referral: Referral, now: datetime) -> Standing:
    """Where a referral stands for the table of workflow.toml."""
    reminded = referral.is_open and referral.was_reminded
    state = REMINDED if reminded else referral.status
    return acting.standing(REFERRAL, referral.referral_id, state, referral.opened_at, now)


def accept(uow: UnitOfWork, matter_id: str, offer_no: int) -> str:
    """The ministry takes an offered matter over; its referral, pending until it is confirmed."""
    referral_id = uow.new_id()
    offer = receiving.accept(uow, matter_id, offer_no, referral_id)
    known, ministry = uow.read(Referred, matter_id), offer.receiver.organisation
    acting.begun(uow, LAW, REFERRAL, referral_id, "AcceptOffer")
    uow.add(known.take_up(referral_id, offer_no, ministry, uow.now))
    return referral_id


def decline(uow: UnitOfWork, matter_id: str, offer_no: int, code: str, text: str) -> None:
    """The ministry gives an offered matter back."""
    acting.decline(uow, LAW, (matter_id, offer_no), code, text)


def ask(uow: UnitOfWork, matter_id: str, offer_no: int, text: str) -> None:
    """The ministry asks the giver before it decides."""
    acting.ask(uow, LAW, (matter_id, offer_no), text)


def give_back(uow: UnitOfWork, referral_id: str, result: str, text: str) -> None:
    """The ministry has done its part: whoever gave the matter holds it again."""
    matter_id = uow.read(Referral, referral_id).matter_id
    uow.get(Custody, matter_id)
    referral = uow.get(Referral, referral_id)
    allowed = acting.may(uow, LAW, of_referral(referral, uow.now), "ReturnReferral")
    # It may refuse, and a message that is refused must have changed nothing.
    holding.give_back(uow, matter_id, result, text, referral_id)
    uow.write_down(allowed.act)
    uow.drop_timer(SILENCE, referral_id, referral.reminders)
    uow.emit(referral.end(result))
    news.tell_of_referral(uow, referral, "ended")


def begin(uow: UnitOfWork, referral_id: str) -> None:
    """The giver has confirmed the acceptance: the ministry's clock runs, if it does not yet."""
    referral = uow.get(Referral, referral_id)
    if referral.is_open:
        return
    allowed = heard(uow, LAW, of_referral(referral, uow.now), "confirmed", "")
    answer_by = allowed.starts(ANSWER)
    uow.emit(referral.confirm(uow.now, answer_by))
    uow.set_timer(SILENCE, referral_id, referral.reminders, answer_by)
    news.tell_of_referral(uow, referral, "confirmed")


def end_silence(uow: UnitOfWork, referral_id: str, reminders: int) -> None:
    """The ministry was silent past its date: it is reminded, and then the matter is recalled.

    TryAgain until all that the ministry had written by that date was read.
    """
    matter_id = uow.read(Referral, referral_id).matter_id
    uow.get(Custody, matter_id)
    referral = uow.get(Referral, referral_id)
    if not referral.is_silent(reminders):
        return
    _wait_until_heard(uow, referral)
    where = of_referral(referral, uow.now)
    if not referral.was_reminded:
        answer_by = passed(uow, LAW, where, ANSWER).starts(REMINDER)
        uow.emit(referral.remind(answer_by))
        uow.set_timer(SILENCE, referral_id, referral.reminders, answer_by)
        news.tell_of_referral(uow, referral, "reminded")
        return
    held(uow, matter_id)
    passed(uow, LAW, where, REMINDER)
    uow.emit(referral.recall(SILENT))
    holding.give_back(uow, matter_id, referral.result, "", referral_id)
    news.tell_of_referral(uow, referral, "ended")


def recount(uow: UnitOfWork, referral_id: str, calendars: Calendars) -> bool:
    """A decree has moved days off: the ministry hears of another date; whether it has one."""
    uow.get(Custody, uow.read(Referral, referral_id).matter_id)
    referral = uow.get(Referral, referral_id)
    moves = moves_of(uow, referral, calendars)
    if moves:
        answer_by = note_moves(uow, LAW, of_referral(referral, uow.now), moves, calendars)
        uow.emit(referral.recount(answer_by))
        uow.drop_timer(SILENCE, referral_id, referral.reminders)
        uow.set_timer(SILENCE, referral_id, referral.reminders, answer_by)
        news.tell_of_referral(uow, referral, "extended")
    return bool(moves)


def moves_of(uow: UnitOfWork, referral: Referral, calendars: Calendars) -> Sequence[Move]:
    """What the decrees that came meanwhile make of a ministry's date."""
    if not referral.is_open or referral.answer_by is None or referral.answer_by <= uow.now:
        return ()
    counted = Counted.of(acts_of(uow.session, referral.referral_id), LAW, SILENT_END)
    return () if counted is None else counted.moves(LAW, referral.answer_by, calendars, uow.now)


def _wait_until_heard(uow: UnitOfWork, referral: Referral) -> None:
    # What a ministry writes has no key by which it could be told whether it is about this matter.
    inbox, until = inbox_of(referral.ministry), referral.answer_by
    if until is not None and not uow.has_heard(INBOX, inbox, None, until):
        raise TryAgain(
            f"what {referral.ministry} wrote about {referral.referral_id} is not read yet",
            reason="NOT_HEARD",
        )
