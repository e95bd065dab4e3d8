"""Which deputy takes a complaint."""

from services.complaint.categories import categories
from services.complaint.clarification import SECOND, Clarification, Kept, Outcome
from services.complaint.domain import Complaint


def has_receiver(complaint: Complaint, last: Clarification | None) -> bool:
    """Whether protection takes it: by its category, or for a mediation, which comes after a
    clarification without agreement, whatever it is about. `last`: its last clarification."""
    category = categories().get(complaint.category)
    if category is None or category.is_information:
        return False
    return complaint.is_for(category) or (last is not None and _has_failed(last))


def _has_failed(session: Clarification) -> bool:
    """Whether nothing was agreed, or what was promised in the second session was broken."""
    is_broken = session.session == SECOND and session.count(Kept.BROKEN) > 0
    return session.outcome is Outcome.HANDED_ON or is_broken
