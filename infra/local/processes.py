"""Start, watch and stop one process of the stack, also one that an earlier run left behind."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import psutil

from infra.local.environment import inherited
from infra.local.layout import Layout, write_whole
from infra.local.ports import require_free

POLL_SECONDS = 0.05
LOG_LIMIT_BYTES = 20 * 1024 * 1024
# psutil derives the start of a process from the wall clock, which may be corrected a little.
START_TOLERANCE_SECONDS = 3.0
# In the environment of what we start, so that a process whose pid file was lost is found again.
MARK = "ESTAFET_STACK_PROCESS"


class StartFailed(Exception):
    """A process ended, or was not ready in time."""


def nothing() -> None:
    """The default of a step that a program does not need."""


@dataclass(frozen=True)
class Program:
    """What to run, when it counts as ready, and how it wants to be stopped. `says` is a text in
    its log by which one that nobody can ask is known to be ready."""

    name: str
    command: Sequence[str]
    is_ready: Callable[[], bool]
    says: str = ""
    listens: Sequence[int] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[], None] = nothing
    settle: Callable[[], None] = nothing
    stop_signal: signal.Signals = signal.SIGTERM
    grace_seconds: float = 15.0


class Process:
    """A program in one home. Its pid file holds the time it started as well, so that a pid which
    the system gave to someone else since is never signalled."""

    def __init__(self, program: Program, layout: Layout) -> None:
        self.program = program
        self.name = program.name
        self.log = layout.log(program.name)
        self._layout = layout
        self._pid_file = layout.run / f"{program.name}.pid"
        self._child: subprocess.Popen[bytes] | None = None
        self._was_found = False
        self._log_start = 0

    @property
    def pid(self) -> int | None:
        """The pid while it runs."""
        running = self._running()
        return running.pid if running else None

    @property
    def is_running(self) -> bool:
        return self._running() is not None

    def start(self) -> None:
        """Start it, if it does not run yet; `wait` waits until it can be used."""
        self._was_found = self.is_running
        if self._was_found:
            return
        self._end_predecessors()
        for port in self.program.listens:
            require_free(port, self.name)
        self.program.prepare()
        self._rotate()
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            self._child = subprocess.Popen(
                list(self.program.command),
                cwd=self._layout.home,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._remember(self._child.pid)

    def wait(self, seconds: float = 240.0, gave_up: threading.Event | None = None) -> None:
        """Wait until it is ready, then let it settle; raise StartFailed with its last lines."""
        deadline = time.monotonic() + seconds
        while not (self.is_healthy() and self.is_running):
            if gave_up is not None and gave_up.is_set():
                raise StartFailed(f"{self.name} was not waited for any longer")
            if time.monotonic() > deadline:
                raise StartFailed(
                    f"{self.name} is not ready after {seconds:.0f} s:\n{self.last_lines()}"
                )
            self._require_running()
            time.sleep(POLL_SECONDS)
        self.program.settle()

    def is_healthy(self) -> bool:
        """Does it say so itself?"""
        return self.program.is_ready() and self._has_said()

    def _has_said(self) -> bool:
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return self.program.says.encode() in log.read()

    def stop(self) -> None:
        """Ask it to end, and end it after its grace."""
        running = self._running()
        if running is not None:
            running.send_signal(self.program.stop_signal)
            if not self._gone(running, self.program.grace_seconds):
                self.kill()
        self._see_it_end()
        self._pid_file.unlink(missing_ok=True)

    def kill(self) -> None:
        """End it at once, as a crash would (SIGKILL). Its pid file stays, as after a crash."""
        running = self._running()
        if running is not None:
            running.kill()
            self._gone(running, 10.0)

    def restart(self) -> None:
        self.stop()
        self.start()
        self.wait()

    def last_lines(self, count: int = 15) -> str:
        if not self.log.exists():
            return "(no log)"
        lines = self.log.read_text(errors="replace").splitlines()[-count:]
        return "\n".join(["  " + line[:300] for line in lines] + [f"  (all of it: {self.log})"])

    def memory_bytes(self) -> int:
        """Proportional memory of it and its children, 0 if it does not run."""
        running = self._running()
        if running is None:
            return 0
        return sum(proportional_bytes(each) for each in [running, *running.children(True)])

    def _running(self) -> psutil.Process | None:
        if self._child is not None:
            self._child.poll()
        noted = self._noted()
        try:
            ended = noted is None or noted.status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            ended = True
        return None if ended else noted

    def _noted(self) -> psutil.Process | None:
        """The process of the pid file, which may be ending, if the pid is still its own."""
        if not self._pid_file.exists():
            return None
        noted = json.loads(self._pid_file.read_text())
        try:
            found = psutil.Process(noted["pid"])
            same = abs(found.create_time() - noted["started_at"]) < START_TOLERANCE_SECONDS
        except psutil.NoSuchProcess:
            return None
        return found if same else None

    def _require_running(self) -> None:
        if self.is_running:
            return
        if not self._was_found:
            raise StartFailed(f"{self.name} ended while starting:\n{self.last_lines()}")
        self.start()  # the one that start() found was ending

    def _remember(self, pid: int) -> None:
        try:
            started_at = psutil.Process(pid).create_time()
        except psutil.NoSuchProcess as gone:
            raise StartFailed(f"{self.name} ended at once:\n{self.last_lines()}") from gone
        write_whole(self._pid_file, json.dumps({"pid": pid, "started_at": started_at}))

    def _see_it_end(self) -> None:
        """Wait for one that was killed: until its last thread has ended it holds its ports."""
        ending = self._noted()
        if ending is not None:
            self._gone(ending, 10.0)

    def _gone(self, running: psutil.Process, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not self._has_ended(running):
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True

    def _has_ended(self, running: psutil.Process) -> bool:
        """Have all its threads ended? Until then its ports and locks are still held. A zombie has,
        if it is one only because its parent, which may be any process, has not looked yet."""
        if self._child is not None:
            self._child.poll()
        try:
            return running.status() == psutil.STATUS_ZOMBIE and running.num_threads() <= 1
        except psutil.Error:
            return True

    def _environment(self) -> dict[str, str]:
        return {**inherited(), **self.program.environment, MARK: self._mark()}

    def _mark(self) -> str:
        return f"{self._layout.home}:{self.name}"

    def _end_predecessors(self) -> None:
        """One that was killed just now may still be ending. A kill between the start of a process
        and its pid file leaves one that nobody knows."""
        self._see_it_end()
        for orphan in marked(self._mark()):
            orphan.kill()
            self._gone(orphan, 10.0)

    def _rotate(self) -> None:
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))


def marked(mark: str) -> Iterator[psutil.Process]:
    """The running processes that were started under a mark."""
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                yield process
        except psutil.Error:
            continue


def proportional_bytes(process: psutil.Process) -> int:
    """Its memory with shared pages divided among their users, where the system tells (Linux)."""
    try:
        memory = process.memory_full_info()
    except psutil.Error:
        return 0
    return int(getattr(memory, "pss", memory.rss))
