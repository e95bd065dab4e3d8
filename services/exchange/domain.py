"""Referrals to ministries. What may be done with one `workflow.toml` says; who holds a matter, its
custody log."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from estafet.exchange.v1.briefs_pb2 import ReferralBrief
from estafet.exchange.v1.events_pb2 import (
    MinistryReminded,
    ReferralEnded,
    ReferralOpened,
    ReferralRecounted,
)

from services.chassis.errors import NotAllowed


class ReferralStatus(StrEnum):
    """Where a referral stands; the proto's names."""

    PENDING = "pending"
    OPEN = "open"
    RETURNED = "returned"
    VOID = "void"
    RECALLED = "recalled"


@dataclass(eq=False)
class Referral:
    """A matter that a ministry has taken over. `opened_at`: accepted, and once confirmed, open."""

    referral_id: str
    matter_id: str
    offer_no: int
    ministry: str
    request: str
    opened_at: datetime
    status: ReferralStatus = ReferralStatus.PENDING
    answer_by: datetime | None = None
    reminders: int = 0
    result: str = ""

    def confirm(self, now: datetime, answer_by: datetime) -> ReferralOpened:
        """The matter is the ministry's, and so is the clock."""
        if self.status is not ReferralStatus.PENDING:
            raise NotAllowed(
                f"referral {self.referral_id} is {self.status}", reason="REFERRAL_NOT_PENDING"
            )
        self.status, self.opened_at, self.answer_by = ReferralStatus.OPEN, now, answer_by
        opened = ReferralOpened(
            referral_id=self.referral_id, matter_id=self.matter_id, ministry=self.ministry
        )
        opened.answer_by.FromDatetime(answer_by)
        return opened

    def void(self) -> None:
        """The acceptance came too late, or crossed a withdrawal."""
        if self.is_pending:
            self.status = ReferralStatus.VOID

    def is_silent(self, reminders: int) -> bool:
        """Whether it still waits for the answer that it waited for after so many reminders."""
        return self.is_open and self.reminders == reminders

    @property
    def is_pending(self) -> bool:
        """Whether the giver's service has still to confirm it."""
        return self.status is ReferralStatus.PENDING

    @property
    def is_open(self) -> bool:
        """Whether the ministry works on it."""
        return self.status is ReferralStatus.OPEN

    @property
    def was_reminded(self) -> bool:
        """Whether the ministry has its last date: once that is over the matter is recalled."""
        return self.reminders > 0

    def remind(self, answer_by: datetime) -> MinistryReminded:
        """The ministry was silent: it gets a last date."""
        self.reminders, self.answer_by = self.reminders + 1, answer_by
        reminded = MinistryReminded(
            referral_id=self.referral_id, matter_id=self.matter_id, ministry=self.ministry
        )
        reminded.answer_by.FromDatetime(answer_by)
        return reminded

    def recount(self, answer_by: datetime) -> ReferralRecounted:
        """Days off were moved: the ministry has another date."""
        self.answer_by = answer_by
        recounted = ReferralRecounted(
            referral_id=self.referral_id, matter_id=self.matter_id, ministry=self.ministry
        )
        recounted.answer_by.FromDatetime(answer_by)
        return recounted

    def end(self, result: str) -> ReferralEnded:
        """The ministry has done its part."""
        return self._end(ReferralStatus.RETURNED, result)

    def recall(self, result: str) -> ReferralEnded:
        """The ministry was silent for too long: its part is over."""
        return self._end(ReferralStatus.RECALLED, result)

    def _end(self, status: ReferralStatus, result: str) -> ReferralEnded:
        self.status, self.result = status, result
        return ReferralEnded(
            referral_id=self.referral_id,
            matter_id=self.matter_id,
            ministry=self.ministry,
            result=result,
        )


@dataclass(eq=False)
class Referred:
    """What a ministry is asked about a matter, as the newest offer's brief tells."""

    matter_id: str
    request: str
    category: str
    severity: int
    country: str
    worker_id: str

    @classmethod
    def of(cls, matter_id: str, brief: ReferralBrief) -> "Referred":
        """As offered."""
        told = brief.request, brief.category, brief.severity, brief.country, brief.worker_id
        return cls(matter_id, *told)

    def learn(self, brief: ReferralBrief) -> None:
        """What is told when the matter is offered again, perhaps to another ministry."""
        self.request, self.category, self.severity = brief.request, brief.category, brief.severity
        self.country, self.worker_id = brief.country, brief.worker_id

    def take_up(self, referral_id: str, offer_no: int, ministry: str, now: datetime) -> Referral:
        """A referral of it, pending until the giver's service has confirmed it."""
        return Referral(referral_id, self.matter_id, offer_no, ministry, self.request, now)
