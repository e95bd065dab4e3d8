"""History under another version of the law: what would have come out differently.

Every act is looked at again as it was done: whether the other version allows it from where the
matter stood, what would have had to be on file, when the clock would have ended that it started or
made to end later, and from when the ground of an end could have been used. Both versions count by
the calendar by which the act was counted, with every decree that its file has by now, and as many
days as somebody gave, where it was not the law's number. Guards are not asked again, and what is on
file is not looked for: what they looked at is not kept. A matter whose beginning is not among its
acts is left out, since what counts from it is not known.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from services.process.acts import BY_CALENDAR, BY_CLOCK, NOWHERE, Act
from services.process.calendar import KP2MI
from services.process.calendars import CALENDARS
from services.process.law import Law
from services.process.workflow import Workflow

NONE = "there is none"


@dataclass(frozen=True)
class Change:
    """One act that would have come out differently; `was` and `would` are instants or words."""

    matter_id: str
    act_id: str
    action: str
    what: str
    was: str
    would: str


def nobody_is_heard(_act: Act) -> bool:
    """Of a service whose grounds do not count from what was heard."""
    return False


@dataclass
class Rerun:
    """A re-run of history under a version. `answers`: the action from which grounds count that
    wait since an answer; `hears`: whether whoever filed is heard by an act. Invalid: the law has no
    such version."""

    law: Law
    under: str
    answers: str
    hears: Callable[[Act], bool] = nobody_is_heard
    matters: int = 0
    left_out: int = 0
    _other: Workflow = field(init=False)

    def __post_init__(self) -> None:
        self._other = self.law.under(self.under).workflow

    def changes(self, acts: Iterable[Act]) -> Iterator[Change]:
        """What would have changed. `acts` come in order, all of a matter together."""
        for _, own in groupby(acts, key=lambda each: each.matter_id):
            history = list(own)
            if history[0].state == NOWHERE:
                self.matters += 1
                yield from self._of_matter(history)
            else:
                self.left_out += 1

    def _of_matter(self, acts: Sequence[Act]) -> Iterator[Change]:
        counts = Counts(filed_at=acts[0].acted_at)
        for act in acts:
            own = self.law.named(act.version)
            if act.actor == BY_CALENDAR:
                counts.ends_at = act.due_at
                continue
            if not self._allows(act):
                yield _change(act, "action", "allowed", "refused")
            elif own is not None and act.actor != BY_CLOCK:
                yield from self._needs(own.workflow, act)
            if act.due_at is not None:
                was = counts.due_at(own.workflow, act) if own else act.due_at
                would = counts.due_at(self._other, act)
                if was != would:
                    yield _change(act, act.clock, _text(was), _text(would))
                counts.ends_at = act.due_at
            self._note(counts, act)

    def _note(self, counts: "Counts", act: Act) -> None:
        """From when grounds count after an act."""
        if act.action == self.answers:
            counts.answered_at = act.acted_at
        if self.hears(act):
            counts.heard_at = act.acted_at

    def _needs(self, own: Workflow, act: Act) -> Iterator[Change]:
        """That something else would have had to be on file, by what the two laws say."""
        was, would = _needed(own, act), _needed(self._other, act)
        if was != would:
            yield _change(act, "evidence", was, would)

    def _allows(self, act: Act) -> bool:
        """Whether the other version has the action from where the matter stood."""
        if act.actor == BY_CLOCK:
            return True
        found = [each.actions.get(act.action) for each in self._other.process.values()]
        return any(
            bool(action.begins) if act.state == NOWHERE else act.state in action.moves
            for action in found
            if action is not None
        )


@dataclass
class Counts:
    """From when a matter's clocks and grounds count, as far as its acts have come."""

    filed_at: datetime
    answered_at: datetime | None = None
    heard_at: datetime | None = None
    ends_at: datetime | None = None

    def due_at(self, law: Workflow, act: Act) -> datetime | None:
        """When what the act started ends under a law; None when the law has none of that name."""
        calendar = CALENDARS.of(act.calendar or KP2MI)
        if act.clock in law.clocks:
            return law.clocks[act.clock].due_at(act.acted_at, act.days, calendar)
        if act.clock in law.grounds:
            ground = law.grounds[act.clock]
            return ground.earliest(self.filed_at, self.answered_at, calendar, self.heard_at)
        if act.clock in law.extensions and self.ends_at is not None:
            return law.extensions[act.clock].due_at(self.ends_at, calendar)
        return None


def _needed(law: Workflow, act: Act) -> str:
    """What a law wants on file for an act."""
    found = [each.actions.get(act.action) for each in law.process.values()]
    needed = [each for action in found if action for each in law.needed(action, act.reason)]
    return " ".join(sorted(each.name for each in needed)) or NONE


def _text(due_at: datetime | None) -> str:
    return due_at.isoformat() if due_at else NONE


def _change(act: Act, what: str, was: str, would: str) -> Change:
    return Change(act.matter_id, act.act_id, act.action, what, was, would)
