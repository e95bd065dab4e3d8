"""What a ministry does with a matter, whether a liaison officer enters it or its own message says
it. Each is the domain's command; custody is locked first."""

from services.chassis.errors import TryAgain
from services.chassis.unit_of_work import UnitOfWork
from services.exchange import news
from services.exchange.domain import Referral, Referred
from services.exchange.names import inbox_of
from services.exchange.workflow import WORKFLOW
from services.handover import holding, receiving
from services.handover.custody import SILENT, Custody
from services.handover.writing import held

SILENCE = "exchange.silence"
INBOX = "exchange.inbox"


def accept(uow: UnitOfWork, matter_id: str, offer_no: int) -> str:
    """The ministry takes an offered matter over; its referral, pending until it is confirmed."""
    referral_id = uow.new_id()
    offer = receiving.accept(uow, matter_id, offer_no, referral_id)
    known, ministry = uow.read(Referred, matter_id), offer.receiver.organisation
    uow.add(known.take_up(referral_id, offer_no, ministry, uow.now))
    return referral_id


def decline(uow: UnitOfWork, matter_id: str, offer_no: int, code: str, text: str) -> None:
    """The ministry gives an offered matter back."""
    receiving.decline(uow, matter_id, offer_no, code, text)


def ask(uow: UnitOfWork, matter_id: str, offer_no: int, text: str) -> None:
    """The ministry asks the giver before it decides."""
    answer_by = WORKFLOW.clocks["question"].due_at(uow.now)
    receiving.ask(uow, matter_id, offer_no, text, answer_by)


def give_back(uow: UnitOfWork, referral_id: str, result: str, text: str) -> None:
    """The ministry has done its part: whoever gave the matter holds it again."""
    matter_id = uow.read(Referral, referral_id).matter_id
    uow.get(Custody, matter_id)
    referral = uow.get(Referral, referral_id)
    referral.must_be_open()
    # It may refuse, and a message that is refused must have changed nothing.
    holding.give_back(uow, matter_id, result, text, referral_id)
    uow.drop_timer(SILENCE, referral_id, referral.reminders)
    uow.emit(referral.end(result))
    news.tell_of_referral(uow, referral, "ended")


def begin(uow: UnitOfWork, referral_id: str) -> None:
    """The giver has confirmed the acceptance: the ministry's clock runs."""
    referral = uow.get(Referral, referral_id)
    answer_by = WORKFLOW.clocks["answer"].due_at(uow.now)
    opened = referral.confirm(uow.now, answer_by)
    if opened is None:
        return
    uow.emit(opened)
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
    if referral.may_be_reminded:
        answer_by = WORKFLOW.clocks["reminder"].due_at(uow.now)
        uow.emit(referral.remind(answer_by))
        uow.set_timer(SILENCE, referral_id, referral.reminders, answer_by)
        news.tell_of_referral(uow, referral, "reminded")
        return
    held(uow, matter_id)
    uow.emit(referral.recall(SILENT))
    holding.give_back(uow, matter_id, referral.result, "", referral_id)
    news.tell_of_referral(uow, referral, "ended")


def _wait_until_heard(uow: UnitOfWork, referral: Referral) -> None:
    # What a ministry writes has no key by which it could be told whether it is about this matter.
    inbox, until = inbox_of(referral.ministry), referral.answer_by
    if until is not None and not uow.has_heard(INBOX, inbox, None, until):
        raise TryAgain(
            f"what {referral.ministry} wrote about {referral.referral_id} is not read yet",
            reason="NOT_HEARD",
        )
