"""What is done: refused by the table, or written down with the rule that allows it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from services.chassis.errors import NotAllowed
from services.chassis.unit_of_work import UnitOfWork
from services.process.calendar import KP2MI, WorkingCalendar
from services.process.calendars import CALENDARS
from services.process.law import Law, Version
from services.process.workflow import WHOLE, Action, Extension, Ground, Process, Workflow

# By name, whether what an action needs is so, or is on file; asked only if the action names it.
Guards = Mapping[str, Callable[[], bool]]
# What was done with a matter last, if anything was; asked only for a refusal.
Last = Callable[[], "Act | None"]
RECOUNTED = "recounted"
# Who acts when a clock has run out, and when a decree moves one.
BY_CLOCK = "clock"
BY_CALENDAR = "calendar"
# Where something stands that is about to begin.
NOWHERE = ""


@dataclass(eq=False)
class Act:
    """One allowed action: who, when, from where, by which rule of which version, and why.

    `reason` is a code: what people say in their own words is a note. `clock`, `due_at`: the clock
    that it has started and when that ends, or the ground of an end and from when it could be used.
    `evidence`: the names of what had to be on file, and was. `officer_id`: who is accountable from
    then on, of an act that decides it; empty: the queue of the unit. `calendar`: the unit by whose
    calendar `due_at` was counted; `days`: how many somebody gave, if not as many as the law.
    """

    act_id: str
    matter_id: str
    action: str
    acted_at: datetime
    state: str
    version: str
    regulation: str
    actor: str
    reason: str = ""
    clock: str = ""
    due_at: datetime | None = None
    evidence: str = ""
    officer_id: str = ""
    calendar: str = ""
    days: int = 0


@dataclass(frozen=True)
class Standing:
    """Where something stands when somebody acts on it, and by whose calendar its clocks run."""

    process: str
    matter_id: str
    state: str
    opened_on: date
    today: date
    unit: str = KP2MI

    def version(self, law: Law) -> Version:
        """The version of a law that holds there today."""
        return law.of(self.opened_on, self.today)


@dataclass(frozen=True)
class Allowed:
    """An action that was allowed, the law that holds for its matter, and the calendar as it is
    known today."""

    law: Workflow
    act: Act
    calendar: WorkingCalendar

    def starts(self, clock: str, value: int = 0) -> datetime:
        """When a clock ends that this action starts; another number of days may be given."""
        due_at = self.law.clocks[clock].due_at(self.act.acted_at, value, self.calendar)
        self.act.days = value
        return self.started(clock, due_at)

    def started(
        self, clock: str, due_at: datetime, calendar: WorkingCalendar | None = None
    ) -> datetime:
        """Note the clock that this action has started, when it ends, and by whose calendar."""
        self.act.clock, self.act.due_at = clock, due_at
        self.act.calendar = (calendar or self.calendar).unit
        return due_at

    def ends_on(self, ground: Ground, filed_at: datetime, answered_at: datetime | None) -> None:
        """Note the ground of an end, its article, and from when it could be used."""
        self.ends_from(ground, ground.earliest(filed_at, answered_at, self.calendar))

    def ends_from(self, ground: Ground, earliest: datetime) -> None:
        """The same, for who has counted that already."""
        self.started(ground.code, earliest)
        self.act.regulation = ground.regulation

    def without(self, evidence: str, reason: str, regulation: str) -> None:
        """Note what went before something that had to be on file, and was not."""
        on_file = (each for each in self.act.evidence.split() if each != evidence)
        self.act.evidence = " ".join(on_file)
        self.act.reason, self.act.regulation = reason, regulation

    def extends(self, extension: Extension, due_at: datetime) -> datetime:
        """When a clock ends now that would have ended at `due_at`."""
        self.act.regulation = extension.regulation
        return self.started(extension.code, extension.due_at(due_at, self.calendar))


def act(
    uow: UnitOfWork,
    law: Law,
    standing: Standing,
    action: str,
    guards: Guards | None = None,
    reason: str = "",
    last: Last | None = None,
) -> Allowed:
    """Refuse what the table does not allow, write down what it does; NotAllowed."""
    allowed = allow(uow, law, standing, action, guards, reason, last)
    uow.write_down(allowed.act)
    return allowed


def allow(
    uow: UnitOfWork,
    law: Law,
    standing: Standing,
    action: str,
    guards: Guards | None = None,
    reason: str = "",
    last: Last | None = None,
) -> Allowed:
    """Refuse what the table does not allow; what it does is the caller's to write down.

    `last` finds what was done with the matter last: whoever comes second is told who was first.
    NotAllowed: the reason is the action's, the state's, the guard's or the evidence's own; the text
    cites the rule.
    """
    version = standing.version(law)
    allowed = permitted(version.workflow, standing, action, guards or {}, reason, last)
    done = _made(uow, version, standing, action, allowed.regulation, _actor(uow), reason)
    done.evidence = " ".join(each.name for each in version.workflow.needed(allowed, reason))
    return Allowed(version.workflow, done, CALENDARS.of(standing.unit, standing.today))


def passed(uow: UnitOfWork, law: Law, standing: Standing, clock: str) -> Allowed:
    """Write down that a clock has run out."""
    version = standing.version(law)
    ran = version.workflow.clocks[clock]
    done = _made(uow, version, standing, ran.at[WHOLE], ran.regulation, BY_CLOCK, clock)
    uow.write_down(done)
    return Allowed(version.workflow, done, CALENDARS.of(standing.unit, standing.today))


def recounted(
    uow: UnitOfWork, law: Law, standing: Standing, clock: str, due_at: datetime, because: str
) -> None:
    """Write down that a clock ends otherwise because of a decree."""
    version = standing.version(law)
    done = _made(uow, version, standing, RECOUNTED, because, BY_CALENDAR, clock)
    uow.write_down(done)
    done.clock, done.due_at = clock, due_at


def heard(
    uow: UnitOfWork, law: Law, standing: Standing, action: str, reason: str = "", actor: str = ""
) -> Allowed:
    """Write down what somebody else has done, as a record tells, or what time has, or what
    follows by itself: it is not ours to refuse."""
    version = standing.version(law)
    rule = version.workflow.process[standing.process].actions[action].regulation
    done = _made(uow, version, standing, action, rule, actor or _actor(uow), reason)
    uow.write_down(done)
    return Allowed(version.workflow, done, CALENDARS.of(standing.unit, standing.today))


def _actor(uow: UnitOfWork) -> str:
    """Who acts: whoever calls, or by whose act the record came about."""
    return uow.record.actor if uow.record else uow.caller.subject


def _made(
    uow: UnitOfWork,
    version: Version,
    standing: Standing,
    action: str,
    regulation: str,
    actor: str,
    reason: str,
) -> Act:
    return Act(
        act_id=uow.new_id(),
        matter_id=standing.matter_id,
        action=action,
        acted_at=uow.now,
        state=standing.state,
        version=version.name,
        regulation=regulation,
        actor=actor,
        reason=reason,
    )


def permitted(
    law: Workflow,
    standing: Standing,
    action: str,
    guards: Guards,
    reason: str = "",
    last: Last | None = None,
) -> Action:
    """The action, if the table allows it where the matter stands; NotAllowed."""
    process = law.process[standing.process]
    found = process.actions[action]
    begins = standing.state == NOWHERE and found.begins
    if not begins and standing.state not in found.moves:
        raise _refusal(process, standing, found, last() if last else None)
    needed = [(refusal, name, name, found.regulation) for refusal, name in found.guards.items()]
    needed += [
        (each.refusal, each.name, f"{each.name_en} on file", each.regulation)
        for each in law.needed(found, reason)
    ]
    for refusal, name, what, rule in needed:
        if not guards[name]():
            told = told_of(last()) if last else ""
            raise NotAllowed(
                f"{process.name} {standing.matter_id}: {action} needs {what} ({rule}){told}",
                reason=refusal,
            )
    return found


def told_of(last: Act | None) -> str:
    """Who did what last, for whoever comes second."""
    if last is None:
        return ""
    return f"; last {last.action} by {last.actor}, {last.acted_at:%Y-%m-%d %H:%M} UTC"


def _refusal(process: Process, standing: Standing, action: Action, last: Act | None) -> NotAllowed:
    here = process.states[standing.state]
    states = ", ".join(process.states[name].name_en for name in action.moves)
    return NotAllowed(
        f"{process.name} {standing.matter_id} is {here.name_en}: {action.name} is for what is"
        f" {states} ({action.regulation}){told_of(last)}",
        reason=action.refusal or here.refusal,
    )
