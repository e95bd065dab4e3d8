"""Placement agencies (P3MI) and the numbered decisions that lock them."""

from dataclasses import dataclass, field
from datetime import date, datetime

from estafet.placement.v1.events_pb2 import P3miLocked, P3miRegistered, P3miReleased

from services.chassis.errors import NotAllowed

EXPIRED = "expired"
LIFTED = "lifted"


@dataclass(eq=False)
class Lock:
    """A numbered decision that stops departures with an agency.

    Without countries it is for every country (ISO 3166-1 alpha-3). It holds to the end of
    `expires_on` (Asia/Jakarta), or until it is lifted.
    """

    decision_id: str
    p3mi_id: str
    decision_no: str
    article: str
    countries: tuple[str, ...]
    signatory: str
    decided_on: date
    expires_on: date | None = None
    ended_as: str = ""
    ended_at: datetime | None = None
    # The number of the decision that lifted it.
    ended_by_no: str = ""

    def is_in_force(self, day: date) -> bool:
        """Whether it holds on a day."""
        return not self.ended_as and (self.expires_on is None or day <= self.expires_on)

    def is_for(self, country: str) -> bool:
        """Whether it stops departures to a country."""
        return not self.countries or country in self.countries


@dataclass(eq=False)
class P3mi:
    """A placement agency with its licence and every lock that it ever had.

    A departure shares its row (`guard`) and a decision takes it (`get`), so each departure comes
    wholly before a decision or sees it.
    """

    p3mi_id: str
    name: str
    licence_no: str
    registered_at: datetime
    locks: list[Lock] = field(default_factory=list)

    def register(self) -> P3miRegistered:
        """Enter the agency."""
        return P3miRegistered(p3mi_id=self.p3mi_id)

    def locks_on(self, day: date) -> list[Lock]:
        """The decisions that are in force on a day."""
        return [lock for lock in self.locks if lock.is_in_force(day)]

    def must_be_free(self, country: str, day: date) -> None:
        """NotAllowed while a decision stops departures to a country."""
        for lock in self.locks_on(day):
            if lock.is_for(country):
                decision = f"decision {lock.decision_no} ({lock.article})"
                raise NotAllowed(
                    f"p3mi {self.p3mi_id} is locked by {decision}", reason="P3MI_LOCKED"
                )

    def lock(self, lock: Lock) -> P3miLocked:
        """Stop departures by a decision."""
        if lock.expires_on is not None and lock.expires_on < lock.decided_on:
            raise NotAllowed(
                f"p3mi {self.p3mi_id}: a lock of {lock.decided_on} cannot end on {lock.expires_on}",
                reason="DUE_IN_PAST",
            )
        self.locks.append(lock)
        return P3miLocked(
            p3mi_id=self.p3mi_id,
            decision_id=lock.decision_id,
            decision_no=lock.decision_no,
            article=lock.article,
            countries=lock.countries,
            expires_on=lock.expires_on.isoformat() if lock.expires_on else "",
        )

    def is_locked_by(self, decision_id: str, day: date) -> bool:
        """Whether a decision is in force on a day."""
        return any(lock.decision_id == decision_id for lock in self.locks_on(day))

    def lift(self, decision_id: str, by_no: str, now: datetime) -> P3miReleased:
        """End a lock before its date, by another numbered decision."""
        lock = self._lock(decision_id)
        lock.ended_by_no = by_no
        return self._end(lock, LIFTED, now)

    def expire(self, decision_id: str, now: datetime, today: date) -> P3miReleased | None:
        """End a lock whose last day is over; None while it holds, or if it was lifted before."""
        lock = self._lock(decision_id)
        is_over = not (lock.ended_as or lock.is_in_force(today))
        return self._end(lock, EXPIRED, now) if is_over else None

    def _lock(self, decision_id: str) -> Lock:
        return next(lock for lock in self.locks if lock.decision_id == decision_id)

    def _end(self, lock: Lock, how: str, now: datetime) -> P3miReleased:
        lock.ended_as, lock.ended_at = how, now
        return P3miReleased(p3mi_id=self.p3mi_id, decision_id=lock.decision_id, code=how)
