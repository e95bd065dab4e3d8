"""What a complaint that was merged goes on in: by its end the merged one has ended, too."""

from services.chassis.unit_of_work import UnitOfWork
from services.complaint.domain import Complaint


def end_of(uow: UnitOfWork, complaint: Complaint) -> Complaint:
    """The complaint whose end is told: of a merged one that which it went on in, once that has
    ended; else itself."""
    last = complaint
    while last.merged_into:
        last = uow.read(Complaint, last.merged_into)
    return last if last.closed_at is not None else complaint


def has_ended(uow: UnitOfWork, complaint: Complaint) -> bool:
    """Whether it has ended, and goes on in no other one."""
    end = end_of(uow, complaint)
    return end.closed_at is not None and not end.merged_into
