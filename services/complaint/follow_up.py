"""Complaint's own part, once a matter has come back or was taken up again: it has a clock, too."""

from datetime import datetime

from services.chassis.unit_of_work import UnitOfWork
from services.complaint.domain import Complaint
from services.complaint.status import stage_here, standing
from services.complaint.workflow import LAW
from services.process.acts import passed

CLOCK = "follow_up"
# The clock's kind among those of all services.
KIND = "complaint.follow_up"


def begin(uow: UnitOfWork, complaint: Complaint, due_at: datetime) -> None:
    """Complaint has until then. The complaint is locked, as in all of these."""
    end(uow, complaint)
    complaint.follow_up_no += 1
    complaint.follow_up_due_at = due_at
    uow.set_timer(KIND, complaint.complaint_id, complaint.follow_up_no, due_at)


def end(uow: UnitOfWork, complaint: Complaint) -> None:
    """It has done its part; too late, if the clock has run out and nobody has said so yet."""
    if complaint.follow_up_due_at is None:
        return
    uow.drop_timer(KIND, complaint.complaint_id, complaint.follow_up_no)
    if uow.now > complaint.follow_up_due_at and not complaint.follow_up_missed:
        _miss(uow, complaint)
    complaint.follow_up_due_at, complaint.follow_up_missed = None, False


def run_out(uow: UnitOfWork, complaint: Complaint, number: int) -> None:
    """A clock has run out; one that ended meanwhile is nothing any more."""
    is_current = complaint.follow_up_no == number and complaint.follow_up_due_at is not None
    if is_current and not complaint.follow_up_missed:
        _miss(uow, complaint)
        complaint.follow_up_missed = True


def _miss(uow: UnitOfWork, complaint: Complaint) -> None:
    passed(uow, LAW, standing(complaint, stage_here(complaint), uow.now), CLOCK)
