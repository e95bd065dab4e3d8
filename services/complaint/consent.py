"""What whoever complained has said about giving the matter to a ministry.

Nothing is referred without consent, except where a life is in danger: then it is, and the act says
that it was for that reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.complaint.domain import Complaint
from services.process.entries import UNVERIFIED

# Why an act of referring was allowed: by consent, or by what goes before it.
BY_CONSENT = "consent"
IN_DANGER = "danger_to_life"
VITAL_INTEREST = (
    f"{UNVERIFIED}: UU 27/2022 Art 20(2)d (from general knowledge), the vital interest of whom the"
    " data are about"
)


@dataclass(eq=False)
class Consent:
    """What was said about one ministry at one time; the last counts."""

    consent_id: str
    complaint_id: str
    ministry: str
    given: bool
    how: str
    said_at: datetime


def agreed(said: Sequence[Consent]) -> list[str]:
    """The ministries to which whoever complained agrees. `said`: oldest first."""
    last = {each.ministry: each.given for each in said}
    return sorted(ministry for ministry, given in last.items() if given)


def basis_of(said: Sequence[Consent], complaint: Complaint, ministry: str) -> str:
    """On what a complaint may be given to a ministry; empty: on nothing. `said`: oldest first."""
    if ministry in agreed(said):
        return BY_CONSENT
    return IN_DANGER if complaint.in_danger else ""
