"""History under another version of the law: what would have come out differently.

Every act is looked at again as it was done: whether the other version allows it from where the
matter stood, when the clock would have ended that it started, and from when the ground of an end
could have been used. Guards are not asked again: what they looked at is not kept.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from services.process.acts import NOWHERE, Act
from services.process.law import Law
from services.process.workflow import Workflow


@dataclass(frozen=True)
class Change:
    """One act that would have come out differently; `was` and `would` are instants or words."""

    matter_id: str
    act_id: str
    action: str
    what: str
    was: str
    would: str


def changes(law: Law, under: str, acts: Iterable[Act], answers: str) -> Iterator[Change]:
    """What a version would have changed. `acts` come in order, all of a matter together;
    `answers` is the action from which grounds count that wait since an answer. Invalid: no version.
    """
    other = law.under(under).workflow
    for _, own in groupby(acts, key=lambda each: each.matter_id):
        yield from of_matter(other, list(own), answers)


def of_matter(other: Workflow, acts: Sequence[Act], answers: str) -> Iterator[Change]:
    """What another version would have changed in one matter."""
    answered_at: datetime | None = None
    for each in acts:
        if found := _of_action(other, each):
            yield found
        if found := _of_clock(other, each, acts[0].acted_at, answered_at):
            yield found
        if each.action == answers:
            answered_at = each.acted_at


def _of_action(other: Workflow, act: Act) -> Change | None:
    for process in other.process.values():
        action = process.actions.get(act.action)
        if action is not None:
            allowed = action.begins if act.state == NOWHERE else act.state in action.moves
            return None if allowed else _change(act, "action", "allowed", "refused")
    return None


def _of_clock(
    other: Workflow, act: Act, filed_at: datetime, answered_at: datetime | None
) -> Change | None:
    """A clock that would have ended at another instant, or a ground usable from another one on."""
    if act.due_at is None:
        return None
    if act.clock in other.clocks:
        would = other.clocks[act.clock].due_at(act.acted_at)
    elif act.clock in other.grounds:
        would = other.grounds[act.clock].earliest(filed_at, answered_at)
    else:
        return _change(act, act.clock, act.due_at.isoformat(), "there is none")
    if would == act.due_at:
        return None
    return _change(act, act.clock, act.due_at.isoformat(), would.isoformat())


def _change(act: Act, what: str, was: str, would: str) -> Change:
    return Change(act.matter_id, act.act_id, act.action, what, was, would)
