"""Who works for which unit, and what they are accountable for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from services.process.acts import Guards, Standing
from services.process.calendar import local_day

PROCESS = "officer"
APPOINTED = "appointed"
RELEASED = "released"


@dataclass(eq=False)
class Officer:
    """Somebody who works for a unit, by the subject of their token."""

    officer_id: str
    unit: str
    appointed_at: datetime
    released_at: datetime | None = None

    @property
    def state(self) -> str:
        """Where they stand in the process of workflow.toml."""
        return RELEASED if self.released_at else APPOINTED

    def standing(self, now: datetime) -> Standing:
        """Where they stand, for the table of workflow.toml."""
        day = local_day(self.appointed_at)
        return Standing(PROCESS, self.officer_id, self.state, day, local_day(now))


def is_of(officer: Officer | None, unit: str) -> bool:
    """Whether somebody works for a unit."""
    return officer is not None and officer.released_at is None and officer.unit == unit


def may_take(officer: Officer | None, unit: str, taken_by: str) -> Guards:
    """What TakeComplaint needs, of whoever asks for a complaint of a unit."""
    return {
        "is_appointed": lambda: officer is not None and officer.released_at is None,
        "is_of_unit": lambda: is_of(officer, unit),
        "is_free": lambda: taken_by in ("", officer.officer_id if officer else ""),
    }


class Load(Protocol):
    """What is asked of the database about who is accountable for what."""

    def open_of(self, session: Session, unit: str) -> Mapping[str, int]:
        """How many open complaints each officer of a unit is accountable for; "": nobody is."""

    def open_with(self, session: Session, unit: str, officer_id: str) -> int:
        """For how many open complaints one officer of a unit is accountable, as it is stored."""

    def officer(self, session: Session, officer_id: str) -> Officer | None:
        """Somebody as they are appointed, not to be changed; nobody else changes it until the
        transaction ends."""

    def held_by(self, session: Session, officer_id: str, most: int) -> Sequence[str]:
        """Open complaints that an officer is accountable for."""

    def readdress(self, session: Session, officer_id: str, unsent: Collection[str]) -> None:
        """What an officer was still to be told is told to the head of the unit: what is in no
        digest yet, or in one whose message was not sent."""
