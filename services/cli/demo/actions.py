"""What the demo's people and officers do, one dataclass a deed; the driver does them by HTTP.

Each deed here names its filing by `index`; those of cases that are given on, of agencies that are
heard, and of placements, are in `giving_on`, `clarifying` and `placing`. An offer that is left to
lapse is no deed: nobody does anything, and the clock does the rest.
"""

from dataclasses import dataclass

from services.cli.demo import clarifying, giving_on, placing
from services.cli.demo.clarifying import Appoint, Clarifying, Commitment
from services.cli.demo.giving_on import GivingOn
from services.cli.demo.placing import Placing, RegisterAgency


@dataclass(frozen=True, slots=True)
class File:
    """Somebody complains. `plan`: how they may be told something, empty: by number and secret only;
    `twin_of`: the filing that tells of the same matter."""

    index: int
    plan: str = ""
    twin_of: int | None = None


@dataclass(frozen=True, slots=True)
class Triage:
    index: int
    category: str
    severity: int


@dataclass(frozen=True, slots=True)
class RequestDocuments:
    """Complaint asks the complainant for what is missing."""

    index: int


@dataclass(frozen=True, slots=True)
class ReceiveDocuments:
    """All that was asked for has come."""

    index: int


@dataclass(frozen=True, slots=True)
class Merge:
    """It tells of the same matter as the filing `into`, which goes on."""

    index: int
    into: int


@dataclass(frozen=True, slots=True)
class Distribute:
    """Complaint says by which service of its own it works on the matter: consultation or claim."""

    index: int
    service: str


@dataclass(frozen=True, slots=True)
class Offer:
    """Complaint offers the matter to the deputy `to`."""

    index: int
    to: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Protection asks before it decides; complaint has so many working days to answer."""

    index: int
    answer_within_days: int


@dataclass(frozen=True, slots=True)
class Clarify:
    index: int


@dataclass(frozen=True, slots=True)
class Accept:
    """Protection takes the matter over, which opens its case."""

    index: int


@dataclass(frozen=True, slots=True)
class Decline:
    index: int
    code: str


@dataclass(frozen=True, slots=True)
class Mediate:
    index: int
    outcome: str
    commitment: Commitment | None


@dataclass(frozen=True, slots=True)
class Return:
    """Protection gives the matter back with its result."""

    index: int
    result: str


@dataclass(frozen=True, slots=True)
class Answer:
    index: int


@dataclass(frozen=True, slots=True)
class Close:
    index: int
    ground: str


@dataclass(frozen=True, slots=True)
class Survey:
    """Whoever complained says how they found it, once it is over."""

    index: int
    score: int
    solved: bool


Action = (
    File
    | Triage
    | RequestDocuments
    | ReceiveDocuments
    | Merge
    | Distribute
    | Offer
    | Ask
    | Clarify
    | Accept
    | Decline
    | Mediate
    | Return
    | Answer
    | Close
    | Survey
    | Clarifying
    | GivingOn
    | Placing
)

# The order of a day: whatever one matter does on one day, it does in this order.
ORDER: tuple[type[Action], ...] = (
    File,
    Triage,
    giving_on.Identify,
    giving_on.Agree,
    Merge,
    RequestDocuments,
    ReceiveDocuments,
    Distribute,
    *clarifying.ORDER,
    Offer,
    Ask,
    Clarify,
    Accept,
    Decline,
    *giving_on.ORDER,
    Mediate,
    Return,
    Answer,
    Close,
    Survey,
    *placing.ORDER,
)

# What a deed is about: the kind of thing and its number; those of different lines do not depend on
# each other within a day.
Line = tuple[str, int]


def line_of(action: Action) -> Line:
    """The filing, the agency, the placement or the officer that a deed is about."""
    if isinstance(action, Appoint):
        return "officer", action.index
    if isinstance(action, RegisterAgency):
        return "agency", action.index
    return "placement" if isinstance(action, Placing) else "filing", action.index
