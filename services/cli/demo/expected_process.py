"""What the complaint process must have come to by a script: where each complaint was, what agencies
said and promised, who was told something.

A model of its own, like the custodies: it knows nothing of the services' tables of states.
"""

from collections import Counter
from dataclasses import dataclass, field

from services.cli.demo.actions import (
    Accept,
    Action,
    Answer,
    Close,
    Decline,
    Distribute,
    File,
    Merge,
    Offer,
    ReceiveDocuments,
    RequestDocuments,
    Return,
    Survey,
    Triage,
)
from services.cli.demo.clarifying import (
    AskDate,
    Clarifying,
    Confirm,
    Explain,
    Hold,
    Invite,
    RecommendBroken,
    Take,
)
from services.cli.demo.giving_on import Lock, TakeFile
from services.cli.demo.plan import INFORMATION

RECEIVED, VALIDATION, TRIAGED = "received", "validation", "triaged"
OFFERED, RETURNED = "offered", "returned"
ELSEWHERE, CLOSED, MERGED = "elsewhere", "closed", "merged"
KEPT, BROKEN, OPEN = "kept", "broken", "open"
TAKEN, LOCKED = "taken", "locked"


@dataclass
class Process:
    """`visits`: how often a complaint came into a stage; `now`: how many are there; `ends`: by
    ground; none of these has information requests, which are no complaints.

    `clocks`: how often one was started, of those that only these deeds start. `sessions`: by which
    and what came of it; `promises`: by session and whether kept; `files`: what placement did with
    sanctions that complaint recommended. `messages`: what whoever has a
    contact plan was to be told, by code.
    """

    visits: Counter[str] = field(default_factory=Counter)
    now: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    clocks: Counter[str] = field(default_factory=Counter)
    invited: Counter[int] = field(default_factory=Counter)
    sessions: Counter[tuple[int, str]] = field(default_factory=Counter)
    promises: Counter[tuple[int, str]] = field(default_factory=Counter)
    statements: int = 0
    other_dates: int = 0
    recommended: int = 0
    files: Counter[str] = field(default_factory=Counter)
    solved: Counter[bool] = field(default_factory=Counter)
    plans: Counter[str] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)
    taken: Counter[int] = field(default_factory=Counter)


@dataclass
class _Course:
    """Where one filing stands: its stage, and what complaint is at while it holds it."""

    plan: str
    stage: str = RECEIVED
    work: str = TRIAGED
    is_information: bool = False
    is_taken: bool = False
    is_recommended: bool = False
    sessions: set[int] = field(default_factory=set)
    promise: tuple[int, str] | None = None


class ProcessFold:
    """Takes the deeds of complaint, of agencies, and what protection answers."""

    def __init__(self, officers: int) -> None:
        self._courses: dict[int, _Course] = {}
        self._process, self._officers = Process(), officers

    def world(self) -> Process:
        """What it has come to."""
        process = self._process
        for course in self._courses.values():
            if not course.is_information:
                process.now[course.stage] += 1
            if course.promise is not None:
                process.promises[course.promise] += 1
        return process

    def take(self, action: Action) -> None:
        """One more deed."""
        if isinstance(action, File):
            self._courses[action.index] = _Course(action.plan)
            self._process.plans[action.plan] += bool(action.plan)
            return
        course = self._courses.get(action.index)
        if course is None:
            return
        if isinstance(action, Clarifying):
            self._hear(course, action)
        elif isinstance(action, Survey):
            self._process.solved[action.solved] += 1
        else:
            self._move(course, action)
        self._tell(course, action)

    def _move(self, course: _Course, action: Action) -> None:
        match action:
            case Triage(_, category):
                course.is_information = category == INFORMATION
                self._come(course, RECEIVED)
                self._come(course, TRIAGED)
            case RequestDocuments():
                self._begin(course, VALIDATION, "documents")
            case ReceiveDocuments():
                self._work_at(course, TRIAGED)
            case Distribute(_, service):
                self._begin(course, service, service)
            case Merge():
                self._end(course, MERGED, MERGED)
            case Close(_, ground):
                self._end(course, CLOSED, ground)
            case _:
                self._move_elsewhere(course, action)

    def _move_elsewhere(self, course: _Course, action: Action) -> None:
        match action:
            case Offer():
                self._come(course, OFFERED)
            case Accept():
                self._come(course, ELSEWHERE)
            case Decline():
                self._come_back(course)
            case Return(index):
                self._work_at(course, RETURNED)
                self._process.taken[index % self._officers] += course.is_taken
            case TakeFile() if course.is_recommended:
                self._process.files[TAKEN] += 1
            case Lock() if course.is_recommended:
                self._process.files[LOCKED] += 1

    def lapse(self, index: int) -> None:
        """Nobody answered an offer."""
        self._come_back(self._courses[index])

    def _come_back(self, course: _Course) -> None:
        """Not taken over: complaint goes on where it was, and the clock of that begins anew."""
        self._begin(course, course.work, course.work)

    def _begin(self, course: _Course, work: str, clock: str) -> None:
        self._work_at(course, work)
        if not course.is_information:
            self._process.clocks[clock] += 1

    def _work_at(self, course: _Course, work: str) -> None:
        course.work = work
        self._come(course, work)

    def _come(self, course: _Course, stage: str) -> None:
        course.stage = stage
        if not course.is_information:
            self._process.visits[stage] += 1

    def _end(self, course: _Course, stage: str, ground: str) -> None:
        self._come(course, stage)
        if not course.is_information:
            self._process.ends[ground] += 1

    def _hear(self, course: _Course, action: Clarifying) -> None:
        process = self._process
        match action:
            case Take(index):
                course.is_taken = True
                process.taken[index % self._officers] += 1
            case Invite(_, session):
                if session not in course.sessions:
                    stage = f"clarification_{session}"
                    course.sessions.add(session)
                    process.invited[session] += 1
                    process.clocks[stage] += 1
                    self._work_at(course, stage)
            case AskDate():
                process.other_dates += 1
            case Explain():
                process.statements += 1
            case _:
                self._promise(course, action)

    def _promise(self, course: _Course, action: Clarifying) -> None:
        process = self._process
        match action:
            case Hold(_, session, outcome):
                process.sessions[session, outcome] += 1
                if action.commitment is not None:
                    course.promise = session, OPEN
                    process.clocks[f"commitment_{session}"] += 1
            case Confirm(_, session, kept):
                course.promise = session, KEPT if kept else BROKEN
            case RecommendBroken():
                process.recommended += 1
                course.is_recommended = True

    def _tell(self, course: _Course, action: Action) -> None:
        """Whoever has a contact plan is told; a survey is asked for with the end."""
        told = {
            RequestDocuments: ("question",),
            Invite: ("clarification",),
            Answer: ("answer_written",),
            Close: ("matter_closed", "survey"),
        }
        if course.plan:
            self._process.messages.update(told.get(type(action), ()))
