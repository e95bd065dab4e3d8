"""What placement's officers do with agencies and workers: one dataclass a deed.

`index` is the number of the agency, or of the placement.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RegisterAgency:
    index: int


@dataclass(frozen=True, slots=True)
class Start:
    """A worker is registered and a placement begins; without an agency it is the government's."""

    index: int
    agency: int | None
    country: str


@dataclass(frozen=True, slots=True)
class Depart:
    index: int


@dataclass(frozen=True, slots=True)
class ComeBack:
    index: int


@dataclass(frozen=True, slots=True)
class Stop:
    """The worker will not leave with this placement."""

    index: int
    code: str


@dataclass(frozen=True, slots=True)
class TakeWorker:
    """Protection takes over the matter of a worker whose agency was locked."""

    index: int


@dataclass(frozen=True, slots=True)
class ReturnWorker:
    """Protection gives that matter back with its result, which ends it."""

    index: int
    result: str


Placing = RegisterAgency | Start | Depart | ComeBack | Stop | TakeWorker | ReturnWorker

ORDER = (RegisterAgency, Start, Depart, ComeBack, TakeWorker, ReturnWorker, Stop)
