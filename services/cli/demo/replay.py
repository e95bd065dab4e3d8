"""Replays a script: one step of the clock per working day, then everybody's deeds of that day."""

from collections.abc import Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from time import monotonic

from services.chassis.clock import Clock
from services.cli.demo.actions import Action, Line, line_of
from services.cli.demo.deeds import Deeds
from services.cli.demo.latency import Latency
from services.cli.demo.quiet import Quiet
from services.cli.demo.script import Day, Script
from services.cli.demo.stage import MORNING, instant

PEOPLE = 8


@dataclass
class Spent:
    """Real seconds, by what they went for."""

    settling: float = 0.0
    looking: float = 0.0
    acting: float = 0.0


class Replay:
    """Carries a script out."""

    def __init__(self, clock: Clock, quiet: Quiet, deeds: Deeds, latency: Latency) -> None:
        self._clock, self._quiet = clock, quiet
        self._deeds, self._latency = deeds, latency
        self.spent = Spent()

    def run(self, script: Script) -> Iterator[Day]:
        """Every day of the script, each as soon as it is over and the deputies are quiet."""
        people = ThreadPoolExecutor(PEOPLE, thread_name_prefix="demo")
        try:
            self._quiet.wait()
            for day in script.days:
                self._one(day, people)
                yield day
            began = monotonic()
            self._quiet.wait_for_all()
            self.spent.settling += monotonic() - began
        finally:
            people.shutdown(cancel_futures=True)

    def _one(self, day: Day, people: ThreadPoolExecutor) -> None:
        times = [monotonic()]
        self._clock.advance_to(instant(day.on, MORNING))
        self._quiet.wait_for_clocks()  # who let one run out has lapsed before anybody acts
        times.append(monotonic())
        self._deeds.look(day.actions)
        times.append(monotonic())
        self._act(day, people)
        times.append(monotonic())
        self._quiet.wait()
        self._latency.collect(self._deeds.offered_at)
        times.append(monotonic())
        night, looked, acted, evening = (b - a for a, b in pairwise(times))
        self.spent.settling += night + evening
        self.spent.looking += looked
        self.spent.acting += acted

    def _act(self, day: Day, people: ThreadPoolExecutor) -> None:
        """What one line does, in its order; lines side by side."""
        lines: dict[Line, list[Action]] = {}
        for action in day.actions:
            lines.setdefault(line_of(action), []).append(action)
        tasks = [people.submit(self._do_all, actions, day.on) for actions in lines.values()]
        done, _ = wait(tasks, return_when=FIRST_EXCEPTION)
        for task in done:
            task.result()

    def _do_all(self, actions: list[Action], today: date) -> None:
        for action in actions:
            self._deeds.do(action, today)
