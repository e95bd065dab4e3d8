"""People at work while something breaks: they act, repeat what was not answered, and note all.

Each person keeps several matters going and turns to another one while it cannot go on with the
first, so that commands keep coming however long a neighbour or the broker is away.
"""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from google.protobuf.message import Message

from infra.local.stack import Stack
from services.chassis import catalogue
from tests.faults.arena import is_full
from tests.faults.lines import Act, GrpcLine, HttpLine, Line, Refused, Tokens, Unanswered
from tests.faults.post import Post

PEOPLE = 8
# Of so many people one goes through the gateway.
BY_HTTP = 4
# In full a matter may wait through two outages of the broker, one after the other, which a busy
# machine takes a minute each to end.
GIVE_UP_SECONDS = 600.0 if is_full() else 150.0
AGAIN_SECONDS = 0.2
# The first look at what waits for others: where much is under way, an early one is refused.
LOOK_AGAIN_SECONDS = 1.0 if is_full() else 0.3
SELDOM_SECONDS = 10.0 if is_full() else 2.0
# Once nothing new is taken up, there is room to look more often: the more so the less waits.
AT_THE_END_SECONDS, FOR_EACH_SECONDS = 0.3, 0.05
# An operator's command takes seconds where people leave it no processor.
ASIDE_SECONDS = 1.0
IDLE_SECONDS = 0.05
# How many commands a matter still brings, taken over those that are under way.
COMMANDS_OF_A_MATTER = 3
# One act in so many is done a second time, as by a second click.
TWICE = 20

# A matter's way: it yields after each act, True if it has to wait for somebody else.
Course = Iterator[bool]
Play = Callable[["Person"], Course]


@dataclass(frozen=True)
class Told:
    """What a person was told in the end: an answer or a refusal."""

    act: Act
    answer: Message | None = None
    refusal: Refused | None = None
    tries: int = 1
    # When the try began that was answered, in seconds since the epoch.
    asked_at: float = 0.0


@dataclass
class Person:
    """Somebody with a way to ask and a memory of all that was told."""

    name: str
    line: Line
    rng: random.Random
    post: Post
    told: list[Told] = field(default_factory=list)
    waits: list[Unanswered] = field(default_factory=list)
    finished: list[str] = field(default_factory=list)
    done: int = 0
    # How many matters this person has taken up and not brought to an end.
    under_way: int = 0

    def act(self, service: str, rpc: str, role: str = "", /, **fields: Any) -> Any:
        """Act once, however often it takes; the answer. Refused."""
        method = catalogue.methods(service)[rpc]
        request = catalogue.class_of(method.input_type)(request_id=self.an_id(), **fields)
        return self.insist(Act(service, rpc, request, role))

    def insist(self, act: Act) -> Any:
        """Ask until it is answered or refused, and note that."""
        told = self._ask(act)
        self.told.append(told)
        self.done += told.answer is not None
        if told.answer is not None and self.rng.randrange(TWICE) == 0:
            again = self._ask(act)
            assert again.answer == told.answer, f"{self.name}: {act} was answered differently"
        if told.refusal is not None:
            raise told.refusal
        return told.answer

    def _ask(self, act: Act) -> Told:
        began, tries = time.monotonic(), 0
        while True:
            tries += 1
            asked_at = time.time()
            try:
                answer = self.line.ask(act)
            except Refused as refusal:
                return Told(act, None, refusal, tries, asked_at)
            except Unanswered as wait:
                wait.asked_at = asked_at
                self.waits.append(wait)
                if time.monotonic() - began > GIVE_UP_SECONDS:
                    raise
                time.sleep(AGAIN_SECONDS)
            else:
                return Told(act, answer, None, tries, asked_at)

    def look(self, service: str, rpc: str, role: str, /, **fields: Any) -> Any:
        """The answer of a question; None while nobody answers."""
        method = catalogue.methods(service)[rpc]
        request = catalogue.class_of(method.input_type)(**fields)
        try:
            return self.line.ask(Act(service, rpc, request, role))
        except Unanswered as wait:
            self.waits.append(wait)
            return None

    def write(self, ministry: str, kind: str, **data: Any) -> None:
        """Answer for a ministry, by its own topic."""
        self.post.write(ministry, self.an_id(), kind, data, GIVE_UP_SECONDS)

    def an_id(self) -> str:
        """A fresh id, the same in every run of a seed."""
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))


@dataclass
class Crew:
    """Some people at the plays of a trial; as a context manager it works until its end.

    At the end nobody takes up more than the trial needs, and everybody brings to an end what is
    under way, without a rest.
    """

    stack: Stack
    plays: Sequence[Play]
    seed: int
    # How many commands the trial needs.
    commands: int = 0
    people: int = PEOPLE
    by_http: bool = True
    # Seconds that a person rests after each act; may be changed while they work.
    pace: float = 0.0
    # How many replicas of each service they ask, apart from the gateway.
    replicas: int = 1
    crew: list[Person] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)
    has_failed: bool = False
    _tokens: Tokens = field(init=False)
    _post: Post = field(init=False)
    _ending: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._tokens = Tokens(self.stack)
        self._post = Post(self.stack)

    def __enter__(self) -> Self:
        workers = [
            self.hire(by_http=self.by_http and number % BY_HTTP == 0)
            for number in range(self.people)
        ]
        self._threads = [threading.Thread(target=self._work, args=(person,)) for person in workers]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        """Everybody brings to an end what is under way; when the trial has failed, nobody does."""
        self.has_failed |= kind is not None
        self.pace = 0.0
        self._ending.set()
        for thread in self._threads:
            thread.join()
        if kind is None:
            for fault in self.faults:
                raise fault

    def hire(self, *, by_http: bool = False) -> Person:
        """One more person, who does what the test says; what they are told counts, too."""
        number = len(self.crew)
        address = f"127.0.3.{number + 1}"
        line: Line = GrpcLine(self.stack, self._tokens, self.replicas)
        if by_http:
            line = HttpLine(self.stack, self._tokens, address)
        rng = random.Random(f"{self.seed} {number}")  # noqa: S311 - it has to be repeatable
        person = Person(f"person {number}", line, rng, self._post)
        self.crew.append(person)
        return person

    @property
    def told(self) -> list[Told]:
        """All that was told to anybody so far."""
        return [told for person in self.crew for told in list(person.told)]

    @property
    def waits(self) -> list[Unanswered]:
        """Every try that was not answered."""
        return [wait for person in self.crew for wait in list(person.waits)]

    @property
    def done(self) -> int:
        """How many commands were done so far."""
        return sum(person.done for person in self.crew)

    @property
    def is_short(self) -> bool:
        """Whether the trial needs more commands than are done, or come with what is under way."""
        under_way = sum(person.under_way for person in self.crew)
        return self.done + under_way * COMMANDS_OF_A_MATTER < self.commands

    @contextmanager
    def aside(self) -> Iterator[None]:
        """While an operator's command runs, people take their time."""
        pace, self.pace = self.pace, max(self.pace, ASIDE_SECONDS)
        yield
        self.pace = pace

    def reach(self, commands: int, seconds: float = 600.0) -> None:
        """Wait until so many commands in all were answered."""
        deadline = time.monotonic() + seconds
        while self.done < commands and not self.faults:
            assert time.monotonic() < deadline, f"{self.done} of {commands} in {seconds:.0f} s"
            time.sleep(0.02)
        for fault in self.faults:
            raise fault

    def _work(self, person: Person) -> None:
        try:
            Agenda(person, self).follow(self._ending)
        except BaseException as fault:  # noqa: BLE001 - told by the test's own thread
            self.faults.append(fault)
            self.has_failed = True


class Agenda:
    """One person's matters under way."""

    def __init__(self, person: Person, crew: Crew) -> None:
        self._person = person
        self._crew = crew
        self._ready: list[Matter] = []
        self._waiting: list[Matter] = []

    def follow(self, ending: threading.Event) -> None:
        """Work until the end is called, and then until nothing is under way."""
        while self._takes_up(ending) or self._ready or self._waiting:
            if self._crew.has_failed:
                return
            self._look_again(is_ending=ending.is_set())
            if not self._ready and self._takes_up(ending):
                self._ready.append(Matter(self._person.rng.choice(self._crew.plays)(self._person)))
            if self._ready:
                self._go_on(self._ready.pop(self._person.rng.randrange(len(self._ready))))
            self._person.under_way = len(self._ready) + len(self._waiting)
            time.sleep(self._crew.pace if self._ready or not self._waiting else IDLE_SECONDS)

    def _takes_up(self, ending: threading.Event) -> bool:
        return not ending.is_set() or self._crew.is_short

    def _look_again(self, *, is_ending: bool) -> None:
        now = time.monotonic()
        if is_ending:
            soon = now + AT_THE_END_SECONDS + FOR_EACH_SECONDS * len(self._waiting)
            for matter in self._waiting:
                matter.again_at = min(matter.again_at, soon)
        self._ready += [matter for matter in self._waiting if matter.again_at <= now]
        self._waiting = [matter for matter in self._waiting if matter.again_at > now]

    def _go_on(self, matter: Matter) -> None:
        must_wait = next(matter.course, None)
        if must_wait:
            matter.rest(self._person.name)
            self._waiting.append(matter)
        elif must_wait is not None:
            matter.waited = 0
            self._ready.append(matter)


@dataclass
class Matter:
    """One matter under way, and when to look at it again."""

    course: Course
    again_at: float = 0.0
    waited: int = 0
    waits_since: float = 0.0

    def rest(self, person: str) -> None:
        """Somebody else has to act first: look again, later each time, but not for ever."""
        now = time.monotonic()
        self.waits_since = self.waits_since if self.waited else now
        spent = now - self.waits_since
        assert spent < GIVE_UP_SECONDS, f"{person}: a matter has stood still for {spent:.0f} s"
        self.again_at = now + min(LOOK_AGAIN_SECONDS * 2**self.waited, SELDOM_SECONDS)
        self.waited += 1
