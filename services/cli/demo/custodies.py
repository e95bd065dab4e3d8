"""Who must hold which matter by a script, and what its hand-overs must have come to.

A model of its own: it knows nothing of the services' custody, which it is there to check.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

# A matter by what it is about: ("complaint", the filing's index), ("sanction", the same), …
Key = tuple[str, int]


class Hop(NamedTuple):
    """A hand-over as it is counted: deputies by their service, ministries by their name."""

    giver: str
    receiver: str
    kind: str
    end: str


@dataclass
class Open:
    """An open offer: to whom, and from which working day its clock of so many days runs; None while
    it is asked."""

    to: str
    kind: str
    runs_since: int | None
    days: int

    def has_lapsed(self, today: int) -> bool:
        """Clocks end at close of business, so an offer lapses after its last day."""
        return self.runs_since is not None and self.runs_since + self.days < today


@dataclass
class Custodies:
    """Holders of what is not closed, who gets it back, and hand-overs by end."""

    holders: dict[Key, str] = field(default_factory=dict)
    hops: Counter[Hop] = field(default_factory=Counter)
    opened: set[Key] = field(default_factory=set)
    offers: dict[Key, Open] = field(default_factory=dict)
    _givers: dict[Key, list[str]] = field(default_factory=dict)

    def open(self, key: Key, holder: str) -> None:
        self.holders[key] = holder
        self.opened.add(key)

    def offer(self, key: Key, offer: Open) -> None:
        self.offers[key] = offer

    def accept(self, key: Key) -> None:
        giver, offer = self.holders[key], self.offers[key]
        self.end(key, "accepted")
        self._givers.setdefault(key, []).append(giver)
        self.holders[key] = offer.to

    def end(self, key: Key, end: str) -> None:
        """An offer is over; who held still holds."""
        offer = self.offers.pop(key)
        self.hops[Hop(self.holders[key], offer.to, offer.kind, end)] += 1

    def give_back(self, key: Key) -> None:
        self.holders[key] = self._givers[key].pop()

    def close(self, key: Key) -> None:
        del self.holders[key]

    def lapse(self, today: int) -> list[Key]:
        """Offers whose last day is over have lapsed; of which matters."""
        lapsed = [key for key, offer in self.offers.items() if offer.has_lapsed(today)]
        for key in lapsed:
            self.end(key, "lapsed")
        return lapsed

    def still_offered(self) -> Iterator[Hop]:
        """The offers that wait for an answer."""
        for key, offer in self.offers.items():
            yield Hop(self.holders[key], offer.to, offer.kind, "open")
