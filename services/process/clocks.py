"""The clock of what somebody has to do next with a matter, and the steps on the way to its end.

A matter has one such clock at a time, in its own row: it begins and ends with the action that
writes the row anyway. A step is a percentage of the clock's time as it goes by, days off included;
`workflow.toml` says which there are and what is done at each. They are found by a sweep, not by a
timer each: however many are due at once, a few statements serve a thousand of them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from services.chassis.unit_of_work import UnitOfWork
from services.process.acts import Standing, passed
from services.process.calendar import WorkingCalendar
from services.process.law import Law
from services.process.workflow import DEEDS, MISS, WHOLE, Clock, Extension

# What each deed tells, and how many rungs above the holder hear it.
RUNGS: Mapping[str, int] = {deed: rung for rung, deed in enumerate(DEEDS)}


@dataclass(eq=False, kw_only=True)
class Clocked:
    """A matter's own clock: `clock` is its name in workflow.toml, empty when none runs.

    `clock_percent`: the last step that was taken; `clock_step_at`: when the next one is due.
    `clock_unit`, `clock_version`, `clock_counts`: whose calendar it was counted by, as of which
    decree, and what was counted, each extension apart ("3 working_days;5 working_days"), and from
    when a decree has left no time ("ahead 2026-03-27T02:00:00+00:00").
    `clock_reasons`: the codes of these extensions, in order.
    """

    clock: str = ""
    clock_from: datetime | None = None
    clock_due_at: datetime | None = None
    clock_step_at: datetime | None = None
    clock_percent: int = 0
    clock_unit: str = ""
    clock_version: str = ""
    clock_counts: str = ""
    clock_reasons: str = ""

    def start_clock(self, clock: Clock, start: datetime, calendar: WorkingCalendar) -> datetime:
        """Start a clock, counted by a calendar; until when somebody has time. A clock that ran
        before is forgotten."""
        due_at = clock.due_at(start, calendar=calendar)
        self.clock, self.clock_from, self.clock_due_at = clock.name, start, due_at
        self.clock_percent = 0
        self.clock_unit, self.clock_version = calendar.unit, calendar.counted_by
        self.clock_counts, self.clock_reasons = f"{clock.value} {clock.span}", ""
        self._await_step(clock)
        return due_at

    def extend_clock(
        self, clock: Clock, extension: Extension, due_at: datetime, now: datetime
    ) -> None:
        """The clock that runs ends later, for a reason."""
        self.clock_counts += f";{extension.value} {extension.span}"
        self.clock_reasons = f"{self.clock_reasons} {extension.code}".strip()
        self.move_clock(clock, due_at, now)

    def extended(self, code: str) -> int:
        """How often the clock that runs was made to end later for a reason."""
        return self.clock_reasons.split().count(code)

    def move_clock(self, clock: Clock, due_at: datetime, now: datetime) -> None:
        """The clock that runs ends at another time. What is over by now is not told again."""
        self.clock_due_at = due_at
        over = [percent for percent in clock.steps if self._step_at(percent) <= now]
        self.clock_percent = min(self.clock_percent, max(over, default=0))
        self._await_step(clock)

    def stop_clock(self) -> None:
        """What had to be done is done, or is somebody else's now."""
        self.clock, self.clock_percent, self.clock_counts, self.clock_reasons = "", 0, "", ""
        self.clock_from = self.clock_due_at = self.clock_step_at = None

    def steps_until(self, clock: Clock, now: datetime) -> Iterator[int]:
        """Take the steps that are due; each but the last reached is taken by the last."""
        reached = [
            percent
            for percent in clock.steps
            if percent > self.clock_percent and self._step_at(percent) <= now
        ]
        self.clock_percent = max(reached, default=self.clock_percent)
        self._await_step(clock)
        yield from reached

    def _step_at(self, percent: int) -> datetime:
        if self.clock_from is None or self.clock_due_at is None:
            raise ValueError(f"no clock runs, so {percent} % of it is no instant")
        return self.clock_from + (self.clock_due_at - self.clock_from) * percent / WHOLE

    def _await_step(self, clock: Clock) -> None:
        ahead = [percent for percent in clock.steps if percent > self.clock_percent]
        self.clock_step_at = self._step_at(ahead[0]) if ahead else None


# Told of a matter's clock: the step's percentage and what is done at it.
Tell = Callable[[int, str], None]


def take_steps(uow: UnitOfWork, law: Law, standing: Standing, matter: Clocked, tell: Tell) -> None:
    """Take the steps of a matter's clock that are due, and write down that its time is over."""
    clock = standing.version(law).workflow.clocks[matter.clock]
    for percent in matter.steps_until(clock, uow.now):
        deed = clock.at[percent]
        if deed == MISS:
            passed(uow, law, standing, clock.name)
        tell(percent, deed)


def end_clock(uow: UnitOfWork, law: Law, standing: Standing, matter: Clocked) -> None:
    """What had to be done is done; too late, if the time is over and nobody has said so yet."""
    if not matter.clock:
        return
    clock = standing.version(law).workflow.clocks[matter.clock]
    if any(clock.at[percent] == MISS for percent in matter.steps_until(clock, uow.now)):
        passed(uow, law, standing, clock.name)
    matter.stop_clock()
