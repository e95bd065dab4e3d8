"""How far a replay is: a moving bar on a terminal, a line a month in a log."""

import sys
from time import monotonic
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from services.cli.demo.script import Day, Script


class Shown:
    """Told of every day that is over."""

    def __init__(self, script: Script) -> None:
        self._total = len(script.actions())
        self._ends = {day.on.replace(day=1): day.on for day in script.days}
        self._done = 0
        self._started = monotonic()
        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._moves = sys.stderr.isatty()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total} deeds"),
            TimeElapsedColumn(),
            console=self._console,
            disable=not self._moves,
        )
        self._task = self._bar.add_task("replay", total=self._total)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def day(self, day: Day) -> bool:
        """One more day is over; whether it was the last of its month."""
        self._done += len(day.actions)
        self._bar.update(self._task, completed=self._done, description=f"{day.on:%Y-%m-%d}")
        is_last = self._ends[day.on.replace(day=1)] == day.on
        if is_last and not self._moves:
            seconds = monotonic() - self._started
            deeds = f"{self._done}/{self._total} deeds"
            self._console.print(f"replay: {day.on:%Y-%m} over, {deeds} after {seconds:.0f} s")
        return is_last
