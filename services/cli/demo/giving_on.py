"""What protection's cases give on, and what others do with it: one dataclass a deed.

`index` is that of the filing. Agencies (P3MI) are named by their number in the demo's words.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Identify:
    """Placement registers the worker of a complaint, and complaint confirms that it is them."""

    index: int


@dataclass(frozen=True, slots=True)
class Agree:
    """Whoever complained agrees that a ministry is asked; complaint writes it down."""

    index: int
    ministry: str


@dataclass(frozen=True, slots=True)
class Refer:
    """Protection offers the case to a ministry."""

    index: int
    ministry: str
    request: str


@dataclass(frozen=True, slots=True)
class MinistryAccepts:
    index: int
    ministry: str


@dataclass(frozen=True, slots=True)
class MinistryDeclines:
    index: int
    ministry: str
    code: str


@dataclass(frozen=True, slots=True)
class MinistryReturns:
    index: int
    ministry: str
    result: str


@dataclass(frozen=True, slots=True)
class Recommend:
    """Protection recommends a sanction against an agency."""

    index: int
    agency: int
    violation: str


@dataclass(frozen=True, slots=True)
class TakeFile:
    """Placement takes the recommendation over, which opens its file."""

    index: int


@dataclass(frozen=True, slots=True)
class RefuseFile:
    index: int
    code: str


@dataclass(frozen=True, slots=True)
class Drop:
    """Protection does not pursue what placement declined."""

    index: int


@dataclass(frozen=True, slots=True)
class Lock:
    """Placement locks the agency by a numbered decision, to the end of a day."""

    index: int
    agency: int
    expires_on: date


@dataclass(frozen=True, slots=True)
class CloseFile:
    """Placement imposes no sanction."""

    index: int


@dataclass(frozen=True, slots=True)
class Repatriate:
    """Protection begins to bring the worker home."""

    index: int
    country: str


@dataclass(frozen=True, slots=True)
class Arrive:
    """The worker is home; with needs, empowerment is offered the matter, without, it ends."""

    index: int
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TakeReturnee:
    """Empowerment takes the returnee on, which opens a plan."""

    index: int


@dataclass(frozen=True, slots=True)
class Enrol:
    index: int
    programme: str


@dataclass(frozen=True, slots=True)
class WishAgain:
    """The returnee wants to work abroad again; empowerment tells placement."""

    index: int
    country: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the returnee; the matter ends."""

    index: int
    outcome: str


Ministerial = MinistryAccepts | MinistryDeclines | MinistryReturns
Sanctioning = Recommend | TakeFile | RefuseFile | Drop | Lock | CloseFile
ComingHome = Repatriate | Arrive | TakeReturnee | Enrol | WishAgain | Outcome
GivingOn = Identify | Agree | Refer | Ministerial | Sanctioning | ComingHome

# What a case gives on, in the order of a day.
ORDER = (
    Refer,
    MinistryAccepts,
    MinistryDeclines,
    MinistryReturns,
    Recommend,
    TakeFile,
    RefuseFile,
    Drop,
    Lock,
    CloseFile,
    Repatriate,
    Arrive,
    TakeReturnee,
    Enrol,
    WishAgain,
    Outcome,
)
