"""What `make up`, `down`, `status`, `logs` and `clean` do."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console
from rich.table import Table

from infra.local.discovery import GATEWAY, discover
from infra.local.layout import BUILD, HELM, JARS, Layout
from infra.local.leftovers import stop_leftovers
from infra.local.progress import Progress
from infra.local.stack import INFRASTRUCTURE, Stack
from infra.local.trace import StartTrace
from infra.local.welcome import welcome

console = Console(highlight=False, soft_wrap=True)


class Refused(Exception):
    """A command that cannot be done now."""


def stack_of(layout: Layout, *, infrastructure_only: bool = False) -> Stack:
    """All that this checkout has, or only what it runs on."""
    found = discover()
    serving = [*found.serving, *([GATEWAY] if found.has_gateway else [])]
    return Stack(
        layout.home,
        found.services,
        INFRASTRUCTURE,
        serving=() if infrastructure_only else serving,
        kind="local",
    )


def up(layout: Layout, *, infrastructure_only: bool, foreground: bool) -> None:
    """Start what does not run yet, and say where it is. In the foreground it stays until Ctrl-C
    or SIGTERM; these stop everything in order, also while it is starting."""
    with ending_on_sigterm():
        stack = stack_of(layout, infrastructure_only=infrastructure_only)
        try:
            begin(stack)
            if foreground:
                console.print("Ctrl-C stops everything.")
                watch(stack)
        except (KeyboardInterrupt, SystemExit):
            console.print("stopping")
            stack.stop()
            raise


def begin(stack: Stack) -> None:
    trace = StartTrace()
    with only_one(stack.layout), Progress() as progress:
        stack.start(progress)
    trace.send(stack.url("receiver"), progress.steps)
    console.print(welcome(stack, trace), markup=False)


def watch(stack: Stack) -> None:
    """Return when a process has ended by itself, and everything else was stopped."""
    while not (ended := [each.name for each in stack.processes if not each.is_running]):
        time.sleep(0.5)
    console.print(f"{', '.join(ended)} ended; everything stops. See `make logs`.")
    stack.stop()


def down(layout: Layout) -> None:
    """Stop in order, also what an older checkout has started, and what a demo has left running."""
    if layout.demo.has_run:
        down(layout.demo)
    with only_one(layout):
        stack = stack_of(layout)
        running = [process.name for process in stack.processes if process.is_running]
        stop_leftovers(layout, known={process.name for process in stack.processes})
        stack.stop()
    console.print(f"stopped: {', '.join(reversed(running)) or 'nothing was running'}")


def status(layout: Layout) -> bool:
    """Each process with its pid, ports, health and memory; are all of them healthy?"""
    stack = stack_of(layout)
    table = Table("process", "pid", "port", "health", "memory (PSS)")
    total, all_healthy = 0, True
    for process in stack.processes:
        memory = process.memory_bytes()
        healthy = process.is_running and process.is_healthy()
        health = "healthy" if healthy else "not healthy" if process.is_running else "not running"
        ports = ", ".join(map(str, process.program.listens))
        table.add_row(process.name, str(process.pid or ""), ports, health, megabytes(memory))
        total, all_healthy = total + memory, all_healthy and healthy
    table.add_section()
    table.add_row("total", "", "", "", megabytes(total))
    console.print(table)
    return all_healthy


def logs(layout: Layout, service: str, *, follow: bool) -> None:
    """Print the end of a log; with no service, say which there are."""
    path = layout.log(service)
    if not service or not path.exists():
        known = sorted(found.stem for found in layout.logs.glob("*.log"))
        raise Refused(f"say service=…, one of: {', '.join(known) or 'nothing has run yet'}")
    os.execvp("tail", ["tail", "-n", "200", *(["-F"] if follow else []), str(path)])  # noqa: S606 - no shell


def clean(layout: Layout) -> None:
    """Remove the state and what was built, but not what costs a download."""
    if not layout.home.exists():
        console.print("there is no state to remove")
    else:
        with only_one(layout):
            remove_state(layout)
    for path in BUILD.glob("*"):
        if path not in (HELM, JARS):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def remove_state(layout: Layout) -> None:
    homes = [layout, *([layout.demo] if layout.demo.has_run else [])]
    processes = [process for home in homes for process in stack_of(home).processes]
    running = [process.name for process in processes if process.is_running]
    if running:
        raise Refused(f"{', '.join(running)} still run: `make down` first")
    if not layout.has_run and not layout.demo.has_run:
        raise Refused(f"{layout.home} does not look like a state folder of ours")
    shutil.rmtree(layout.home)
    console.print(f"removed {layout.home}")


@contextmanager
def only_one(layout: Layout) -> Iterator[None]:
    """One command at a time changes what runs in a home. A killed one leaves no lock."""
    layout.make()
    with (layout.run / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"another make up, down or clean works on {layout.home}") from None
        yield


@contextmanager
def ending_on_sigterm() -> Iterator[None]:
    """SIGTERM ends the block as Ctrl-C does, and Ctrl-C does: a shell starts what it puts into the
    background with SIGINT ignored."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + signal.SIGTERM)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, end)
    interrupted = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        signal.signal(signal.SIGINT, interrupted)


def megabytes(count: int) -> str:
    return f"{count / 1e6:.0f} MB" if count else ""
