"""Complaints' clocks: they start and end with what is done, and on the way people hear of them."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial

from services.chassis.unit_of_work import UnitOfWork
from services.complaint.clarification import Clarification
from services.complaint.domain import DANGER, Complaint
from services.complaint.officers import Officer, is_of
from services.complaint.status import SERVICE, Stage, stage_of, standing
from services.complaint.store import complaint as table
from services.complaint.workflow import HERE, LAW, OFFICES
from services.handover import holding
from services.handover.custody import Custody, OfferState
from services.handover.store import matter
from services.process.acts import Allowed, Standing
from services.process.aside import Aside
from services.process.calendar import KP2MI, WorkingCalendar, local_day
from services.process.calendars import CALENDARS, Calendars
from services.process.clocks import end_clock, take_steps
from services.process.notices import Notice, note_for, note_step
from services.process.offices import Addressee
from services.process.recounting import move
from services.process.store import counted_otherwise, due_steps

# So many complaints are locked at once, for a few dozen milliseconds.
BATCH = 200
QUESTION = "question"
# Looks an officer up.
Find = Callable[[str], Officer | None]
# The clocks of a receiver.
OFFERED = ("offer", "offer_in_danger", "referral")


ASIDE = Aside()
CUSTODY = matter, matter.c.matter_id == table.c.complaint_id


def start(uow: UnitOfWork, allowed: Allowed, clock: str, complaint: Complaint) -> datetime:
    """An action ends the clock that ran, and starts another; until when that runs."""
    end(uow, allowed, complaint)
    calendar = receivers_calendar(uow) if clock in OFFERED else allowed.calendar
    due_at = complaint.start_clock(allowed.law.clocks[clock], uow.now, calendar)
    return allowed.started(clock, due_at, calendar)


def receivers_calendar(uow: UnitOfWork) -> WorkingCalendar:
    """Who is offered a complaint answers by the ministry's calendar, whoever offers it."""
    return CALENDARS.of(KP2MI, local_day(uow.now))


def end(uow: UnitOfWork, allowed: Allowed, complaint: Complaint) -> None:
    """The clock that ran ends; whoever is late is written down as late."""
    end_clock(uow, LAW, standing(complaint, allowed.act.state, uow.now, HERE), complaint)


def take_due_steps(uow: UnitOfWork) -> bool:
    """Take the steps that are due, of some complaints; whether there may be more."""
    found = due_steps(uow.session, Complaint, uow.now, BATCH)
    matters = list(_with_custody(uow, found))
    officers = uow.find_all(Officer, {accountable(custody).officer_id for _, custody in matters})
    for complaint, custody in matters:
        take_steps_of(uow, complaint, custody, officers.get)
    return len(found) == BATCH


def _with_custody(
    uow: UnitOfWork, found: Sequence[Complaint]
) -> Iterator[tuple[Complaint, Custody]]:
    custodies = uow.find_all(Custody, [each.complaint_id for each in found])
    for complaint in found:
        yield complaint, custodies[complaint.complaint_id]


def _running(uow: UnitOfWork, complaint: Complaint, custody: Custody) -> Standing | None:
    """Where a complaint stands whose clock still runs; the clock of any other ends."""
    where = standing(complaint, stage_of(complaint, custody), uow.now, custody.holder)
    if runs(where.state, complaint, custody):
        return where
    complaint.stop_clock()
    return None


def take_steps_of(
    uow: UnitOfWork, complaint: Complaint, custody: Custody, find: Find | None = None
) -> None:
    """Take the steps that are due; the clock of what is somebody else's by now ends."""
    where = _running(uow, complaint, custody)
    if where is not None:
        tell = partial(_tell, uow, complaint, addressee_of(uow, custody, find))
        take_steps(uow, LAW, where, complaint, tell)


def runs(state: str, complaint: Complaint, custody: Custody) -> bool:
    """Whether the clock still runs: complaint holds, and whoever was offered it has not answered,
    or has asked something for which the clock does not stand still."""
    offer = custody.open_offer
    if state == Stage.OFFERED and offer is not None and offer.state is OfferState.ASKED:
        return QUESTION not in LAW.base.clocks[complaint.clock].pauses
    return custody.holder.service == SERVICE and complaint.closed_at is None


def accountable(custody: Custody) -> Addressee:
    """The unit, and the officer if one is, who is accountable in the complaint service."""
    holder = custody.holder if custody.holder.service == SERVICE else HERE
    return Addressee(holder.unit, holder.officer_id)


def addressee_of(uow: UnitOfWork, custody: Custody, find: Find | None = None) -> Addressee:
    """Who sees to a complaint, whoever holds it and even if it has ended: the officer who is
    accountable for it, or was last, as long as they work for the unit; else the unit."""
    last = accountable(custody)
    look = find or partial(uow.find, Officer)
    there = last.officer_id and is_of(look(last.officer_id), last.unit)
    return last if there else Addressee(last.unit)


def severity_of(complaint: Complaint) -> int:
    """How urgent it is to tell somebody of it: what was filed as danger to life is that until an
    officer knows better."""
    return DANGER if complaint.in_danger else complaint.severity


def note(uow: UnitOfWork, complaint: Complaint, custody: Custody, what: str) -> Notice:
    """Note for whoever sees to a complaint what they have to see to."""
    holder, severity = addressee_of(uow, custody), severity_of(complaint)
    return note_for(uow, OFFICES, complaint.complaint_id, holder, what, severity=severity)


def note_danger(uow: UnitOfWork, complaint: Complaint, custody: Custody) -> None:
    """Note that a life turns out to be in danger: for whoever sees to the complaint, or for the
    head of their unit if they have said so themselves."""
    holder = addressee_of(uow, custody)
    if holder.officer_id == uow.caller.subject:
        holder = Addressee(holder.unit)
    note_for(uow, OFFICES, complaint.complaint_id, holder, "in_danger", severity=DANGER)


def _tell(
    uow: UnitOfWork, complaint: Complaint, holder: Addressee, percent: int, deed: str
) -> None:
    matter = complaint.complaint_id, complaint, severity_of(complaint)
    note_step(uow, OFFICES, holder, matter, (percent, deed))


def recount(uow: UnitOfWork, calendars: Calendars = CALENDARS) -> bool:
    """Count clocks again that were counted by an older calendar; whether there may be more."""
    by = calendars.of(known_on=local_day(uow.now)).counted_by
    found = counted_otherwise(uow.session, Complaint, by, BATCH, CUSTODY, ASIDE.under(by))
    for complaint, custody in _with_custody(uow, found):
        with ASIDE.each(complaint.complaint_id):
            recount_of(uow, complaint, custody, calendars)
    return len(found) == BATCH


def recount_of(
    uow: UnitOfWork, complaint: Complaint, custody: Custody, calendars: Calendars
) -> None:
    """Count the clock of one complaint again; whoever has to answer by it hears of it: the receiver
    of an offer, an agency that was invited."""
    where = _running(uow, complaint, custody)
    if where is None:
        return
    moves, due_at = move(uow, LAW, where, complaint, calendars), complaint.clock_due_at
    if not moves or due_at is None:
        return
    if where.state == Stage.OFFERED:
        # One that is over lapses.
        if due_at > uow.now:
            holding.recount(uow, complaint.complaint_id, due_at, moves[-1].because)
    else:
        tell_agency(uow, complaint, due_at)


def tell_agency(uow: UnitOfWork, complaint: Complaint, due_at: datetime) -> None:
    """An agency that was invited has to answer by the end of the complaint's clock."""
    if complaint.clarification_id:
        invited = uow.get(Clarification, complaint.clarification_id)
        if invited.work == complaint.clock:
            invited.answer_by = due_at
