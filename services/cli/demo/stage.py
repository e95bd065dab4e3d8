"""The demo's own copy of everything, in a home of its own: fresh data, the clock at its start.

It lies in the folder `demo` of ESTAFET_HOME, so that `make up`'s copy is never touched and
`make down` and `make clean` see it.
"""

import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from datetime import time as time_of_day
from pathlib import Path

from infra.local import jars
from infra.local.commands import Refused, only_one, stack_of
from infra.local.discovery import GATEWAY, discover
from infra.local.guard import Guard
from infra.local.layout import Layout
from infra.local.progress import Progress
from infra.local.stack import INFRASTRUCTURE, Stack
from services.chassis.clock import Clock
from services.process.calendar import JAKARTA

MORNING = time_of_day(9)
BEFORE_OPENING = time_of_day(7)
# A year's spans in minutes: nobody waits for one.
TRACES = {"OTEL_BSP_SCHEDULE_DELAY": "5000"}
# One process of each service reads all of a topic: partitions would only be work for its client.
FEW_PARTITIONS = {"ESTAFET_TOPIC_PARTITIONS": "3"}
# One machine files a year in minutes, and all agencies come in from it: the door must not take that
# for an attack, nor for somebody who guesses secrets.
OPEN_DOOR = json.dumps({"per_second": 5000, "burst": 20000})
DOOR = {
    "ESTAFET_DOOR_ADDRESS_RATE": OPEN_DOOR,
    "ESTAFET_DOOR_TOKEN_RATE": OPEN_DOOR,
    "ESTAFET_DOOR_URGENT_RATE": OPEN_DOOR,
    "ESTAFET_DOOR_TIGHT_RATES": "{}",
}


class Stage:
    """The running copy of a demo. `downloads` are the seconds that bringing jars took."""

    def __init__(self, home: Path, opens_on: date) -> None:
        self.layout = Layout(home.absolute())
        self.clock = Clock(self.layout.home / "clock.json", movable=True)
        self.downloads = 0.0
        self._opens_on = opens_on

    @contextmanager
    def running(self, *, keep: bool) -> Iterator[Stack]:
        """A fresh copy, stopped in order at the end of the block; `keep` leaves it running after a
        block without an error. Should this process be killed, a guard stops it."""
        os.environ["ESTAFET_HOME"] = str(self.layout.home)  # for the tools of this process
        self._bring_jars()
        with only_one(self.layout):
            self._sweep()
            self.clock.start_at(instant(self._opens_on, BEFORE_OPENING))
            stack = self._stack()
            guard = Guard.over(self.layout)
            try:
                with Progress() as progress:
                    stack.start(progress)
                yield stack
            except BaseException:
                keep = False
                raise
            finally:
                if keep:
                    guard.release()
                else:
                    stack.stop()
                    guard.dismiss()

    def _bring_jars(self) -> None:
        started = time.monotonic()
        jars.fetch(["kafka", "zipkin"])
        self.downloads = time.monotonic() - started

    def _sweep(self) -> None:
        """Stop what an earlier demo left running, and remove its data."""
        stack_of(self.layout).stop()
        for path in self.layout.home.iterdir():
            if path == self.layout.run:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        self.layout.make()

    def _stack(self) -> Stack:
        found = discover()
        return Stack(
            self.layout.home,
            found.services,
            INFRASTRUCTURE,
            serving=[*found.serving, GATEWAY],
            kind="local",
            postgres_settings={"track_commit_timestamp": "on"},
            variables={
                **dict.fromkeys(found.services, TRACES),
                GATEWAY: DOOR | TRACES,
                "admin": FEW_PARTITIONS,
            },
        )


def instant(day: date, at: time_of_day) -> datetime:
    """An instant of a day in Jakarta."""
    return datetime.combine(day, at, JAKARTA)


def home_of(chosen: Path | None) -> Path:
    """The demo's home; Refused if that folder holds something else."""
    home = Layout(chosen.absolute()) if chosen else Layout.chosen().demo
    if home.home.exists() and any(home.home.iterdir()) and not home.has_run:
        raise Refused(f"{home.home} does not look like a demo's folder, so it is not emptied")
    return home.home
