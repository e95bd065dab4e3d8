"""What is told of a matter: by its custody log at each number, and by a service's own row. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Self

from services.handover.custody import Custody, Party
from services.handover.fold import Entry, fold


@dataclass(frozen=True)
class Account:
    """A matter as a row or a log has it at `custody_no`."""

    custody_no: int
    journey_id: str
    parent_id: str
    kind: str
    holder: Party
    stack: tuple[Party, ...]
    children: tuple[str, ...]
    lapses: int
    setbacks: int
    ground: str
    article: str
    opened_at: datetime
    held_since: datetime
    closed_at: datetime | None

    @classmethod
    def of(cls, custody: Custody) -> Self:
        """The account that a folded log gives."""
        return cls(**{each.name: getattr(custody, each.name) for each in fields(cls)})

    def unlike(self, other: "Account") -> list[str]:
        """What two accounts do not agree on."""
        return [
            each.name
            for each in fields(self)
            if getattr(self, each.name) != getattr(other, each.name)
        ]


@dataclass(frozen=True)
class Log:
    """A matter's custody log: who wrote and who held at each number, and some accounts of it."""

    writers: tuple[str, ...]
    holders: tuple[str, ...]
    accounts: dict[int, Account]

    @property
    def last(self) -> int:
        """Its length."""
        return len(self.writers)

    def holder(self, number: int) -> str:
        """The service of the holder after this number; empty when the log does not reach it."""
        return self.holders[number - 1] if 0 < number <= self.last else ""

    def gave_away(self, service: str, number: int) -> bool:
        """Whether a service gave the matter to another one with this number."""
        if not 0 < number <= self.last:
            return False
        return self.writers[number - 1] == service != self.holders[number - 1]

    def last_of(self, service: str) -> int:
        """The last number that a service wrote; 0 if it wrote none."""
        numbers = (at for at, writer in enumerate(self.writers, 1) if writer == service)
        return max(numbers, default=0)


def follow(entries: Sequence[Entry], wanted: Collection[int]) -> Log:
    """The log of these entries, with its accounts at the wanted numbers. BrokenLog."""
    holders, accounts = [], {}
    custody: Custody | None = None
    for entry in entries:
        custody = fold(custody, entry)
        holders.append(custody.holder.service)
        if entry.seq in wanted:
            accounts[entry.seq] = Account.of(custody)
    return Log(tuple(entry.writer for entry in entries), tuple(holders), accounts)
