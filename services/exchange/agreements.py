"""The agreements with partner ministries: who is told which fields of which events, and why.

They are data (agreements.toml) and checked when they are read: one that names an event or a field
that does not exist, or no longer does, is refused with that name.
"""

import re
import tomllib
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from google.protobuf.message import Message

from services.chassis import catalogue
from services.chassis.errors import EstafetError
from services.exchange.sources import SOURCES
from services.process.calendar import local_day

HERE = Path(__file__).with_name("agreements.toml")
# What exchange tells of itself; anything else is an event of another service.
NEWS = "estafet.exchange.v1.ReferralNews"
_MINISTRY = re.compile(r"[a-z][a-z0-9_]{1,39}")


class WrongAgreement(EstafetError):
    """An agreement that cannot be kept: which ministry, which event and what is wrong."""

    reason = "AGREEMENT_WRONG"


@dataclass(frozen=True)
class Agreement:
    """What a ministry is told of one kind of event. `until`: the first day without."""

    ministry: str
    event: str
    fields: tuple[str, ...]
    purpose: str
    legal_basis: str
    since: date
    until: date

    @property
    def event_type(self) -> type[Message]:
        """The message that it is about."""
        found = catalogue.message_type(self.event)
        if found is None or not (catalogue.is_event(found) or self.event == NEWS):
            raise WrongAgreement(f"agreement of {self.ministry}: there is no event {self.event}")
        return found

    def is_in_force(self, at: datetime) -> bool:
        """Whether it holds on the day (Asia/Jakarta) of an instant."""
        return self.since <= local_day(at) < self.until

    def check(self) -> None:
        """WrongAgreement names what is wrong."""
        if not _MINISTRY.fullmatch(self.ministry):
            raise self._wrong(f"{self.ministry!r} is no name of a ministry")
        if not 3 <= len(self.purpose) <= 150 or not self.legal_basis:
            raise self._wrong("a purpose and a legal basis are needed")
        if self.since >= self.until:
            raise self._wrong(f"it ends on {self.until}, before it has begun")
        for name in self.fields:
            self._check_field(name, self.event_type.DESCRIPTOR)

    def _check_field(self, name: str, event: Any) -> None:
        first, _, inner = name.partition(".")
        if not inner:
            self._must_have(event, first)
            return
        source = SOURCES.get(first)
        if source is None:
            raise self._wrong(f"nobody is asked for {name}; known are {', '.join(SOURCES)}")
        for needed in source.by:
            self._must_have(event, needed)
        self._must_have(source.answer.DESCRIPTOR, inner)

    def _must_have(self, described: Any, name: str) -> None:
        if name not in described.fields_by_name:
            there = ", ".join(described.fields_by_name)
            raise self._wrong(f"{described.name} has no field {name}; it has {there}")

    def _wrong(self, why: str) -> WrongAgreement:
        return WrongAgreement(f"agreement of {self.ministry} on {self.event}: {why}")


@dataclass(frozen=True)
class Agreements:
    """All of them."""

    all: tuple[Agreement, ...]

    @classmethod
    def load(cls, path: Path = HERE) -> "Agreements":
        """Read and check them; WrongAgreement."""
        read = cls(
            tuple(_agreement(entry) for entry in tomllib.loads(path.read_text())["agreement"])
        )
        for agreement in read.all:
            agreement.check()
        if len(read._by_place) != len(read.all):
            raise WrongAgreement(f"{path.name}: a ministry has two agreements on one event")
        return read

    @cached_property
    def _by_place(self) -> dict[tuple[str, str], Agreement]:
        return {(each.ministry, each.event): each for each in self.all}

    @property
    def ministries(self) -> tuple[str, ...]:
        """Everybody with an agreement, ended ones too."""
        return tuple(sorted({each.ministry for each in self.all}))

    def events(self) -> tuple[type[Message], ...]:
        """The events of other services that somebody is told of."""
        named = sorted({each.event for each in self.all} - {NEWS})
        return tuple(self.on(name)[0].event_type for name in named)

    def on(self, event: str) -> list[Agreement]:
        """Those about an event, by ministry."""
        found = [each for each in self.all if each.event == event]
        return sorted(found, key=lambda each: each.ministry)

    def of(self, ministry: str) -> list[Agreement]:
        """Those of a ministry."""
        return [each for each in self.all if each.ministry == ministry]

    def find(self, ministry: str, event: str) -> Agreement | None:
        """That of a ministry about an event, in force or not."""
        return self._by_place.get((ministry, event))


def _agreement(entry: dict[str, Any]) -> Agreement:
    who = f"agreement of {entry.get('ministry', '?')} on {entry.get('event', '?')}"
    wanted = {each.name for each in fields(Agreement)}
    if strange := sorted(entry.keys() ^ wanted):
        raise WrongAgreement(f"{who}: missing or unknown: {', '.join(strange)}")
    if not all(isinstance(entry[day], date) for day in ("since", "until")):
        raise WrongAgreement(f"{who}: since and until are days, such as 2024-01-31")
    return Agreement(**{**entry, "fields": tuple(entry["fields"])})


AGREEMENTS = Agreements.load()
