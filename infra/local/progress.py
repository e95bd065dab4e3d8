"""Progress for people: moving bars on a terminal, plain lines in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress


@dataclass(frozen=True)
class Timed:
    """A step that was made; nanoseconds since 1970."""

    name: str
    started_ns: int
    ended_ns: int


class Progress:
    """Bars for work that is counted (`bar`) or only ends (`step`)."""

    def __init__(self, *, silent: bool = False) -> None:
        self.steps: list[Timed] = []
        self._console = Console(stderr=True, quiet=silent)
        self._moves = sys.stderr.isatty() and not silent
        self._rich = RichProgress(
            TextColumn("{task.description:<12}"),
            BarColumn(),
            TextColumn("{task.fields[state]}"),
            TimeElapsedColumn(),
            console=self._console,
            disable=not self._moves,
        )

    @classmethod
    def none(cls) -> Progress:
        """Progress that nobody sees, for tests."""
        return cls(silent=True)

    def __enter__(self) -> Self:
        self._rich.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._rich.stop()

    def say(self, line: str) -> None:
        self._rich.console.print(line, highlight=False, markup=False, soft_wrap=True)

    def bar(self, name: str, total: int) -> Bar:
        """A bar over a number of bytes."""
        if not self._moves:
            self.say(f"{name}: bringing {total / 1e6:.0f} MB")
        task = self._rich.add_task(name, total=total, state=f"{total / 1e6:.0f} MB")
        started = time.monotonic()
        return Bar(self._rich, task, lambda: self._say_seconds(f"{name}: here", started), total)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """A step that is under way until the block ends."""
        started, started_ns = time.monotonic(), time.time_ns()
        task = self._rich.add_task(name, total=None, state="starting")
        yield
        self.steps.append(Timed(name, started_ns, time.time_ns()))
        self._rich.update(task, total=1, completed=1, state="ready")
        self._say_seconds(f"{name}: ready", started)

    def _say_seconds(self, what: str, started: float) -> None:
        if not self._moves:
            self.say(f"{what} after {time.monotonic() - started:.1f} s")


@dataclass
class Bar:
    """Bytes done of a total."""

    rich: RichProgress
    task: TaskID
    say_done: Callable[[], None]
    total: int
    done: int = 0

    @contextmanager
    def part(self) -> Iterator[Callable[[int], None]]:
        """A file of the whole: gives the function that is told of each piece."""
        yield self.advance

    def advance(self, count: int) -> None:
        self.done += count
        self.rich.update(self.task, completed=self.done)
        if self.done >= self.total:
            self.say_done()
