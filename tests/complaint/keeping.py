"""Complaints with their custody, kept in a database."""

from dataclasses import replace

from sqlalchemy.orm import Session

from services.complaint.domain import Complaint
from services.complaint.status import Stage
from services.complaint.workflow import HERE
from services.handover.custody import Custody
from tests.complaint.builders import a_complaint, a_custody, situations


def keep(session: Session, complaint: Complaint, custody: Custody) -> None:
    """Store both under the complaint's id."""
    custody.matter_id = custody.journey_id = complaint.complaint_id
    for offer in custody.offers:
        offer.matter_id = complaint.complaint_id
    session.add_all([complaint, custody])
    session.flush()


def keep_all_situations(session: Session) -> dict[Stage, set[str]]:
    """One complaint in every situation; their ids by stage."""
    by_stage: dict[Stage, set[str]] = {stage: set() for stage in Stage}
    for name, (complaint, custody, stage) in situations().items():
        complaint.complaint_id = name
        keep(session, complaint, custody)
        by_stage[stage].add(name)
    return by_stage


def two_of_a_unit() -> list[tuple[Complaint, Custody]]:
    """A complaint in a unit's queue, and one that an officer has taken."""
    taken = a_custody(matter_id="taken", holder=replace(HERE, officer_id="o1"))
    free = a_custody(matter_id="free")
    return [(a_complaint(complaint_id=each.matter_id), each) for each in (free, taken)]
