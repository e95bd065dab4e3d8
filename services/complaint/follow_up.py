"""Complaint's own part, once a matter has come back or was taken up again: it has a clock, too."""

from datetime import datetime

from services.chassis.unit_of_work import UnitOfWork
from services.complaint.domain import Complaint
from services.complaint.status import stage_here, standing
from services.complaint.workflow import LAW
from services.process.acts import passed

CLOCK = "follow_up"
# The clock's kind among those of all services; a complaint has one at a time.
KIND = "complaint.follow_up"
ONE = 1


def begin(uow: UnitOfWork, complaint: Complaint, due_at: datetime) -> None:
    """Complaint has until then."""
    end(uow, complaint)
    complaint.follow_up_due_at = due_at
    uow.set_timer(KIND, complaint.complaint_id, ONE, due_at)


def end(uow: UnitOfWork, complaint: Complaint) -> None:
    """It has done its part, or another clock begins."""
    if complaint.follow_up_due_at is not None:
        uow.drop_timer(KIND, complaint.complaint_id, ONE)


def miss(uow: UnitOfWork, complaint: Complaint) -> None:
    """It has not, and the clock has run out: it would have ended with an offer, or with the end."""
    passed(uow, LAW, standing(complaint, stage_here(complaint), uow.now), CLOCK)
