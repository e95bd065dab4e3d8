"""Whoever has left is accountable for nothing that is open, nor for what comes back later."""

from dataclasses import replace

from services.chassis.errors import NotFound
from services.chassis.unit_of_work import UnitOfWork
from services.complaint.domain import Complaint
from services.complaint.officers import Officer, is_of
from services.complaint.status import SERVICE, stage_of, standing
from services.complaint.workflow import LAW
from services.handover import holding
from services.handover.custody import Custody
from services.process.acts import heard

LEFT = "officer_left"


def give_to_queue(uow: UnitOfWork, complaint: Complaint, custody: Custody) -> bool:
    """Give an open complaint that is held here to the queue of its unit, if the officer who is
    named does not work for that any more; both are locked. The custody log remembers who gave a
    matter away, and names them again when it comes back. Whether it was given."""
    holder = custody.holder
    if holder.service != SERVICE or custody.closed or not holder.officer_id:
        return False
    if _works_for(uow, holder.officer_id, holder.unit):
        return False
    where = standing(complaint, stage_of(complaint, custody), uow.now, holder)
    heard(uow, LAW, where, "AssignComplaint", LEFT)
    complaint.version += 1
    holding.reassign(uow, custody.matter_id, replace(holder, officer_id=""), LEFT)
    return True


def _works_for(uow: UnitOfWork, officer_id: str, unit: str) -> bool:
    """Whether somebody works for a unit, and does not leave it before the transaction ends."""
    try:
        return is_of(uow.guard(Officer, officer_id), unit)
    except NotFound:
        return False
