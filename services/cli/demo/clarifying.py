"""What happens between complaint and a placement agency (P3MI) that it hears: one dataclass a deed.

`index` is that of the filing, for Appoint the number of the officer. Agencies are named by their
number in the demo's words.
"""

from dataclasses import dataclass
from datetime import date

FIRST, SECOND = 1, 2
SETTLED, ANOTHER, HANDED_ON = "settled", "second", "handed_on"
ADMITTED, DENIED = "admitted", "denied"


@dataclass(frozen=True, slots=True)
class Commitment:
    """What the other side promises to pay (rupiah), and until when."""

    amount: int
    due_on: date


@dataclass(frozen=True, slots=True)
class Appoint:
    """The coordinator says that an officer works for the unit."""

    index: int


@dataclass(frozen=True, slots=True)
class Take:
    """An officer becomes the one who is accountable."""

    index: int


@dataclass(frozen=True, slots=True)
class Invite:
    """Complaint invites the agency to a session, or to another date of it."""

    index: int
    session: int
    agency: int
    meets_on: date


@dataclass(frozen=True, slots=True)
class AskDate:
    """The agency comes in by its link and asks for another date."""

    index: int
    wished_on: date


@dataclass(frozen=True, slots=True)
class Explain:
    """The agency comes in by its link, reads what it is asked, and makes its statement."""

    index: int


@dataclass(frozen=True, slots=True)
class Hold:
    """The session is over: minutes are made. `admitted` is empty where nothing was said of it."""

    index: int
    session: int
    outcome: str
    absent: bool = False
    admitted: str = ""
    commitment: Commitment | None = None


@dataclass(frozen=True, slots=True)
class Confirm:
    """The worker says whether the promise was kept."""

    index: int
    session: int
    kept: bool


@dataclass(frozen=True, slots=True)
class RecommendBroken:
    """Complaint recommends a sanction without a mediation: broken and admitted (Art 18(4))."""

    index: int
    agency: int
    violation: str


Clarifying = Appoint | Take | Invite | AskDate | Explain | Hold | Confirm | RecommendBroken

# In the order of a day.
ORDER = (Appoint, Take, AskDate, Invite, Explain, Hold, Confirm, RecommendBroken)
