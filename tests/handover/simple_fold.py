"""Custody told a second time, as plainly as possible, to hold the kernel's fold against.

It shares nothing with services/handover but the protobuf messages, and believes every record.
"""

from dataclasses import dataclass, replace
from typing import Any

from google.protobuf.message import Message


@dataclass(frozen=True)
class State:
    """A matter after some records: parties as (service, organisation, unit, officer)."""

    holders: tuple[tuple[str, ...], ...] = ()
    offer_no: int = 0
    asked: bool = False
    children: frozenset[str] = frozenset()
    closed: bool = False
    lapses: int = 0
    ended: tuple[tuple[int, str], ...] = ()

    @property
    def holder(self) -> tuple[str, ...]:
        return self.holders[-1]


def party(message: Any) -> tuple[str, ...]:
    return (message.service, message.organisation, message.unit, message.officer_id)


def after(state: State, seq: int, event: Message) -> State:
    """The state after one more record."""
    change: Any = globals()[f"_{event.DESCRIPTOR.name}"]
    changed: State = change(state, seq, event)
    return changed


def _over(state: State, how: str) -> State:
    return replace(state, offer_no=0, asked=False, ended=(*state.ended, (state.offer_no, how)))


def _MatterOpened(state: State, _seq: int, event: Any) -> State:  # noqa: N802 - by event
    return replace(state, holders=(party(event.holder),))


def _HandoverOffered(state: State, seq: int, _event: Any) -> State:  # noqa: N802 - by event
    return replace(state, offer_no=seq)


def _HandoverAccepted(state: State, _seq: int, event: Any) -> State:  # noqa: N802 - by event
    return _over(replace(state, holders=(*state.holders, party(event.holder))), "accepted")


def _HandoverDeclined(state: State, _seq: int, _event: Any) -> State:  # noqa: N802 - by event
    return _over(state, "declined")


def _HandoverLapsed(state: State, _seq: int, _event: Any) -> State:  # noqa: N802 - by event
    return _over(replace(state, lapses=state.lapses + 1), "lapsed")


def _HandoverWithdrawn(state: State, _seq: int, _event: Any) -> State:  # noqa: N802 - by event
    return _over(state, "withdrawn")


def _HandoverAsked(state: State, _seq: int, _event: Any) -> State:  # noqa: N802 - by event
    return replace(state, asked=True)


def _HandoverClarified(state: State, _seq: int, _event: Any) -> State:  # noqa: N802 - by event
    return replace(state, asked=False)


def _HandoverExtended(state: State, _seq: int, _event: Any) -> State:  # noqa: N802 - by event
    return state


def _HandoverReturned(state: State, _seq: int, _event: Any) -> State:  # noqa: N802 - by event
    return replace(state, holders=state.holders[:-1])


def _HolderReassigned(state: State, _seq: int, event: Any) -> State:  # noqa: N802 - by event
    return replace(state, holders=(*state.holders[:-1], party(event.holder)))


def _ChildOpened(state: State, _seq: int, event: Any) -> State:  # noqa: N802 - by event
    return replace(state, children=state.children | {event.child_id})


def _MatterClosed(state: State, _seq: int, _event: Any) -> State:  # noqa: N802 - by event
    return replace(state, closed=True)


def _MatterReopened(state: State, _seq: int, _event: Any) -> State:  # noqa: N802 - by event
    return replace(state, closed=False)
