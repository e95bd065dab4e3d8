"""Law as data: what one version of a service's `workflow.toml` says.

States and actions of each process, clocks, closure grounds and the evidence that must be on file,
each with what it was taken from. A figure or a rule that no article gives is marked
`verified = false` ("belum diverifikasi"); its `source` then says what it was taken from. `law`
reads the file with its amendments. Who names no calendar counts by the agency's, with every decree
that its file has.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, Field

from services.chassis.errors import Invalid, NotAllowed
from services.process.calendar import Span, WorkingCalendar
from services.process.calendars import CALENDARS
from services.process.entries import UNVERIFIED, Entry, Sourced

T = TypeVar("T")
WHOLE = 100
# What is done at a step of a matter's own clock, in this order of whom it reaches: whoever holds
# it, the head of the unit, who is above the unit, who is above that.
DEEDS = ("remind", "warn", "miss", "escalate")
MISS = "miss"
# For what a clock may stand still: a question that whoever has to act has asked.
Pause = Literal["question"]
_CODE = r"^[a-z][a-z_0-9]*$"
_REASON = r"^[A-Z][A-Z_0-9]*$"


def _as_tuples(moves: Mapping[str, Any]) -> Mapping[str, Any]:
    """One state is written without brackets. What is no table, pydantic refuses."""
    if not isinstance(moves, Mapping):
        return moves
    return {start: (to,) if isinstance(to, str) else to for start, to in moves.items()}


class Clock(Sourced):
    """How long something may take: `value` of `span`, after `source`.

    `at`: by percent of it, the name of what is done then: a deed of the engine, or at 100, the end,
    a handler of the service. A clock that nothing ends with is a window: until its end the action
    that it `allows` may be done. `pauses`: for what it stands still, to begin anew after it.
    `runs_in`: in which states it may run, with the process before it where another one has a state
    of that name ("sanction.offered"); none for a clock of what is in no process of the file.
    """

    name: str = Field(pattern=_CODE)
    value: int = Field(gt=0)
    span: Span
    at: Mapping[int, str] = Field(default_factory=dict)
    allows: str = ""
    runs_in: tuple[str, ...] = ()
    pauses: tuple[Pause, ...] = ()

    def may_run_in(self, process: str, state: str) -> bool:
        """Whether it may run in a state of a process."""
        return state in self.runs_in or f"{process}.{state}" in self.runs_in

    @property
    def steps(self) -> tuple[int, ...]:
        """The percentages at which one of DEEDS is done, in order."""
        return tuple(sorted(percent for percent, deed in self.at.items() if deed in DEEDS))

    def due_at(
        self, start: datetime, value: int = 0, calendar: WorkingCalendar | None = None
    ) -> datetime:
        """When the clock ends if it starts at `start`; another number of days may be given."""
        return (calendar or CALENDARS.of()).due_at(start, value or self.value, self.span)


class Wait(Entry):
    """How long after `since` a ground may be used at the earliest. The last contact is the filing,
    our last answer, or what was heard of whoever filed, whichever came last."""

    value: int = Field(gt=0)
    span: Span
    since: Literal["filed_at", "answered_at", "last_contact"]

    def due_at(self, start: datetime, calendar: WorkingCalendar | None = None) -> datetime:
        """The first instant at which the ground may be used."""
        return (calendar or CALENDARS.of()).due_at(start, self.value, self.span)


class Evidence(Sourced):
    """What must be on file before something is done. `refusal`: the reason, for programs, where it
    is not; whether it is, the service knows by the same name."""

    name: str = Field(pattern=_CODE)
    name_id: str = Field(min_length=1)
    name_en: str = Field(min_length=1)
    refusal: str = Field(pattern=_REASON)


class Ground(Entry):
    """Why a matter may end. `article` is empty where no article names the ground.

    `evidence`: what must be on file for it, besides what the action needs. `by`: the one action
    that ends a matter on this ground, where it is not the closing that people choose a ground for.
    `silence`: it rests on no reply, so not once whoever filed was heard after our last answer.
    """

    code: str = Field(pattern=_CODE)
    article: str
    name_id: str = Field(min_length=1)
    name_en: str = Field(min_length=1)
    evidence: tuple[str, ...] = ()
    information_only: bool = False
    silence: bool = False
    by: str = ""
    wait: Wait | None = None

    def earliest(
        self,
        filed_at: datetime,
        answered_at: datetime | None,
        calendar: WorkingCalendar | None = None,
        heard_at: datetime | None = None,
    ) -> datetime:
        """From when the ground may be used."""
        if self.wait is None:
            return filed_at
        start = filed_at
        if self.wait.since == "answered_at":
            start = answered_at or filed_at
        elif self.wait.since == "last_contact":
            start = max(each for each in (filed_at, answered_at, heard_at) if each)
        return self.wait.due_at(start, calendar)

    @property
    def regulation(self) -> str:
        """The article as a refusal and a record state it."""
        return self.article or f"{UNVERIFIED}: {self.name_en}"

    @property
    def names(self) -> Mapping[str, str]:
        """What people are told, by language."""
        return {"id": self.name_id, "en": self.name_en}


class Extension(Sourced):
    """A lawful reason to give somebody more time: `value` of `span` from when `clocks` would have
    ended, for one offer at most so often."""

    code: str = Field(pattern=_CODE)
    clocks: tuple[str, ...] = Field(min_length=1)
    value: int = Field(gt=0)
    span: Span
    at_most: int = Field(1, gt=0)
    name_id: str = Field(min_length=1)
    name_en: str = Field(min_length=1)

    def due_at(self, due_at: datetime, calendar: WorkingCalendar | None = None) -> datetime:
        """When a clock ends that would have ended at `due_at`."""
        return (calendar or CALENDARS.of()).due_at(due_at, self.value, self.span)

    def must_be_for(self, clock: str, times: int) -> None:
        """NotAllowed for another clock, or one that was made to end later so often already."""
        if clock not in self.clocks:
            raise NotAllowed(
                f"{self.code} gives no more time for {clock} ({self.regulation})",
                reason="NOT_EXTENDABLE",
            )
        if times >= self.at_most:
            raise NotAllowed(
                f"{self.code} gives more time {self.at_most} times at most ({self.regulation})",
                reason="EXTENDED_BEFORE",
            )


class State(Entry):
    """Where a matter may stand. `refusal`: the reason, for programs, of an action that it does not
    allow. `final`: a matter may stay in it for ever."""

    name: str = Field(pattern=_CODE)
    name_id: str = Field(min_length=1)
    name_en: str = Field(min_length=1)
    refusal: str = Field(pattern=_REASON)
    final: bool = False


class Action(Sourced):
    """What leads from state to state: an rpc of ours with the roles that may call it, or what
    somebody else does, `by` a service or a clock.

    `moves`: by the state that it comes from, those that it may lead to; `begins`: where something
    new stands. `refusal`: the reason where a state does not allow it, if not the state's.
    `guards`: by the reason of the refusal, the name of what must be true. `evidence`: what must be
    on file, by its name in the file. `ends`: it ends the matter, its reason is the ground.
    """

    name: str
    begins: str = ""
    moves: Annotated[Mapping[str, tuple[str, ...]], BeforeValidator(_as_tuples)] = Field(
        default_factory=dict
    )
    roles: tuple[str, ...] = ()
    by: str = ""
    refusal: str = Field("", pattern=f"({_REASON})|^$")
    guards: Mapping[str, str] = Field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    ends: bool = False


class Process(Entry):
    """The states of one kind of thing, and the actions between them."""

    name: str
    states: Mapping[str, State]
    actions: Mapping[str, Action]


class Workflow(Entry):
    """All that one version says about a service's part."""

    clocks: Mapping[str, Clock] = Field(default_factory=dict)
    grounds: Mapping[str, Ground] = Field(default_factory=dict)
    evidence: Mapping[str, Evidence] = Field(default_factory=dict)
    extensions: Mapping[str, Extension] = Field(default_factory=dict)
    process: Mapping[str, Process] = Field(default_factory=dict)

    def ground(self, code: str, by: str = "") -> Ground:
        """The ground of an end under a code, as an action may give it; Invalid, with all."""
        known = {code: ground for code, ground in self.grounds.items() if ground.by == by}
        return _found(known, "ground", code)

    def needed(self, action: Action, reason: str = "") -> tuple[Evidence, ...]:
        """What must be on file for an action, and for the ground that is its reason; a ground that
        there is not needs nothing here: `ground` refuses it."""
        ended = self.grounds.get(reason) if action.ends else None
        names = dict.fromkeys((*action.evidence, *(ended.evidence if ended else ())))
        return tuple(self.evidence[name] for name in names)

    def extension(self, code: str) -> Extension:
        """The reason for more time under a code; Invalid, with all that there are."""
        return _found(self.extensions, "reason", code)

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "Workflow":
        """Of a file's content; pydantic's ValidationError names entry and field."""
        processes = _named("name", content.get("process", {}), _of_process)
        clocks, grounds = content.get("clocks", {}), content.get("grounds", {})
        found = {"clocks": _named("name", clocks), "grounds": _named("code", grounds)}
        found["extensions"] = _named("code", content.get("extensions", {}))
        found["evidence"] = _named("name", content.get("evidence", {}))
        # With what the file has besides, which is refused by its name.
        return cls.model_validate({**content, **found, "process": processes})


def _of_process(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        **entry,
        **{part: _named("name", entry.get(part, {})) for part in ("states", "actions")},
    }


def _named(key: str, entries: Any, inside: Callable[[Any], Any] = dict) -> Any:
    """Entries that know by what name they stand in the file. What is no table is left as it is:
    pydantic refuses it by its name."""
    if not isinstance(entries, Mapping):
        return entries
    return {
        name: {key: name, **inside(entry)} if isinstance(entry, Mapping) else entry
        for name, entry in entries.items()
    }


def _found(known: Mapping[str, T], field: str, code: str) -> T:
    if code not in known:
        raise Invalid(
            f"{field} {code} is not known",
            reason=f"UNKNOWN_{field.upper()}",
            fields=((field, "in", f"must be one of {', '.join(known)}"),),
        )
    return known[code]
