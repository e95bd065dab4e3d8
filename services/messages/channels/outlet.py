"""What every channel takes and answers. All of them pass one suite (tests/messages)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from services.messages.notice import Channel


@dataclass(frozen=True)
class Parcel:
    """What leaves. The key is the same for the same words to the same address, so that whoever
    gets it twice can tell. is_neutral: the sender's name must not tell anything either. What is
    not delivered by `until` must not be delivered later, as far as the channel can see to it."""

    key: str
    channel: Channel
    address: str
    subject: str
    text: str
    language: str
    is_neutral: bool
    until: datetime


@dataclass(frozen=True)
class Delivered:
    """The channel has taken it over."""


@dataclass(frozen=True)
class Later:
    """Not now. is_away: nor anything else by this channel."""

    reason: str
    after: timedelta = timedelta(0)
    is_away: bool = False


@dataclass(frozen=True)
class Refused:
    """Never. of_address: nothing else for this address either. has_ended: the address is a
    subscription that its owner has ended, which says nothing about them."""

    reason: str
    of_address: bool = False
    has_ended: bool = False


@dataclass(frozen=True)
class Closed:
    """The channel does not take us: an operator has to see to its settings."""

    reason: str


Result = Delivered | Later | Refused | Closed


class Outlet(Protocol):
    """One channel. `send` returns what became of a parcel, and raises for faults of ours only."""

    @property
    def can_be_neutral(self) -> bool:
        """Whether it has a sender's name that tells nothing."""

    def send(self, parcel: Parcel) -> Result:
        """Hand a parcel over, within ten seconds or so."""

    def close(self) -> None:
        """Nothing more is sent."""


def of_status(status: int, retry_after: str, address_gone: frozenset[int]) -> Result:
    """What an HTTP answer of a gateway or of a push service says."""
    if 200 <= status < 300:
        return Delivered()
    reason = f"http_{status}"
    if status in address_gone:
        return Refused(reason, of_address=True)
    if status in (401, 403):
        return Closed(reason)
    if status in (408, 425, 429) or status >= 500 or status < 400:
        after = int(retry_after) if retry_after.isdecimal() else 0
        return Later(reason, after=timedelta(seconds=min(after, 86_400)), is_away=status == 429)
    return Refused(reason)
