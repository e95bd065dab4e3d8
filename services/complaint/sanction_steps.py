"""The clock of a recommended sanction: placement has to answer, and whoever is accountable for the
complaint hears when it asks, does not take it, or lets the time run out."""

from dataclasses import replace
from functools import partial

from services.chassis.unit_of_work import UnitOfWork
from services.complaint import steps
from services.complaint.clarification_store import sanction as table
from services.complaint.domain import Complaint
from services.complaint.sanction import RecommendedSanction
from services.complaint.status import stage_of, standing
from services.complaint.workflow import LAW, OFFICES
from services.handover import holding
from services.handover.custody import Custody, Offer, OfferState
from services.handover.store import matter
from services.process.acts import Standing
from services.process.aside import Aside
from services.process.calendar import local_day
from services.process.calendars import CALENDARS, Calendars
from services.process.clocks import take_steps
from services.process.notices import note_step
from services.process.recounting import move
from services.process.store import counted_otherwise, due_steps

ASIDE = Aside()
CUSTODY = matter, matter.c.matter_id == table.c.matter_id


def take_due_steps(uow: UnitOfWork) -> bool:
    """Take the steps that are due, of some sanctions; whether there may be more."""
    found = due_steps(uow.session, RecommendedSanction, uow.now, steps.BATCH)
    for sanction in found:
        take_steps_of(uow, sanction)
    return len(found) == steps.BATCH


def take_steps_of(uow: UnitOfWork, sanction: RecommendedSanction) -> None:
    """Take the steps that are due; the clock of what was answered ends."""
    where = _running(uow, sanction)
    if where is not None:
        take_steps(uow, LAW, where, sanction, partial(_tell, uow, sanction))


def recount(uow: UnitOfWork, calendars: Calendars = CALENDARS) -> bool:
    """Count clocks again that were counted by an older calendar; whether there may be more."""
    by = calendars.of(known_on=local_day(uow.now)).counted_by
    aside, most = ASIDE.under(by), steps.BATCH
    found = counted_otherwise(uow.session, RecommendedSanction, by, most, CUSTODY, aside)
    for sanction in found:
        with ASIDE.each(sanction.matter_id):
            recount_of(uow, sanction, calendars)
    return len(found) == most


def recount_of(uow: UnitOfWork, sanction: RecommendedSanction, calendars: Calendars) -> None:
    """Count the clock of one sanction again; placement hears of it."""
    where = _running(uow, sanction)
    if where is None:
        return
    moves, due_at = move(uow, LAW, where, sanction, calendars), sanction.clock_due_at
    if moves and due_at is not None and due_at > uow.now:
        holding.recount(uow, sanction.matter_id, due_at, moves[-1].because)


def _running(uow: UnitOfWork, sanction: RecommendedSanction) -> Standing | None:
    """Where the complaint stands of a sanction that waits for an answer, for acts of the sanction's
    own matter; the clock of any other ends."""
    own, custody, complaint = _about(uow, sanction)
    offer = own.open_offer
    if offer is None or offer.state is OfferState.ASKED:
        sanction.stop_clock()
        return None
    where = standing(complaint, stage_of(complaint, custody), uow.now, custody.holder)
    return replace(where, matter_id=sanction.matter_id)


def _about(uow: UnitOfWork, sanction: RecommendedSanction) -> tuple[Custody, Custody, Complaint]:
    """The custody of the sanction and of its complaint, and that. A sweep is of no journey, so that
    they are looked up without one."""
    matter_id, complaint_id = sanction.matter_id, sanction.complaint_id
    custodies = uow.find_all(Custody, [matter_id, complaint_id])
    complaints = uow.find_all(Complaint, [complaint_id])
    return custodies[matter_id], custodies[complaint_id], complaints[complaint_id]


def _tell(uow: UnitOfWork, sanction: RecommendedSanction, percent: int, deed: str) -> None:
    _, custody, complaint = _about(uow, sanction)
    matter = complaint.complaint_id, sanction, steps.severity_of(complaint)
    note_step(uow, OFFICES, steps.addressee_of(uow, custody), matter, (percent, deed))


def note_of(uow: UnitOfWork, custody: Custody, offer: Offer) -> None:
    """Note for whoever is accountable for the complaint what became of an offer to placement."""
    sanction = uow.read(RecommendedSanction, custody.matter_id)
    complaint = uow.read(Complaint, sanction.complaint_id)
    holding_it = uow.read(Custody, sanction.complaint_id)
    note = steps.note(uow, complaint, holding_it, f"sanction_{offer.state}")
    if offer.state is OfferState.ASKED:
        note.due_at = offer.answer_by or note.due_at
