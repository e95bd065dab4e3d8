"""Processes: found again, stopped in order, and never mistaken for someone else's."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from infra.local.layout import Layout
from infra.local.ports import Ports, answers
from infra.local.processes import MARK, Process, Program, StartFailed, marked
from tests.support.waiting import until

pytestmark = pytest.mark.process

LISTENS = """
import signal, socket, sys
listening = socket.create_server(("127.0.0.1", int(sys.argv[1])))
signal.pause()
"""
IGNORES_SIGTERM = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + LISTENS


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path / "home")
    made.make()
    return made


@pytest.fixture
def waiting(layout: Layout) -> Iterator[Process]:
    process = a_process(layout)
    process.start()
    process.wait()
    yield process
    process.kill()


def a_process(layout: Layout, code: str = LISTENS, grace_seconds: float = 5.0) -> Process:
    port = Ports.of(layout).get("listens")
    command = [sys.executable, "-c", code, str(port)]
    program = Program(
        "listens", command, lambda: answers(port), listens=[port], grace_seconds=grace_seconds
    )
    return Process(program, layout)


def test_a_later_command_finds_what_an_earlier_one_started(
    layout: Layout, waiting: Process
) -> None:
    assert a_process(layout).pid == waiting.pid


def test_starting_twice_starts_once(layout: Layout, waiting: Process) -> None:
    before = waiting.pid
    a_process(layout).start()
    assert waiting.pid == before


def test_a_stopped_process_is_gone(waiting: Process) -> None:
    pid = waiting.pid
    waiting.stop()
    assert pid is not None
    assert not psutil.pid_exists(pid)


def test_a_process_that_does_not_listen_is_ended_after_its_grace(layout: Layout) -> None:
    stubborn = a_process(layout, IGNORES_SIGTERM, grace_seconds=0.1)
    stubborn.start()
    stubborn.wait()
    stubborn.stop()
    assert not stubborn.is_running


def test_a_pid_that_now_belongs_to_another_program_is_never_signalled(layout: Layout) -> None:
    with subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]) as stranger:
        stale = {"pid": stranger.pid, "started_at": psutil.Process().create_time() - 3600}
        (layout.run / "listens.pid").write_text(json.dumps(stale))
        ours = a_process(layout)
        ours.stop()
        ours.kill()
        assert stranger.poll() is None
        stranger.kill()


def test_one_that_lost_its_pid_file_is_replaced_not_doubled(
    layout: Layout, waiting: Process
) -> None:
    lost = waiting.pid
    (layout.run / "listens.pid").unlink()
    again = a_process(layout)
    again.start()
    again.wait()
    assert [found.pid for found in marked(f"{layout.home}:listens")] == [again.pid]
    assert again.pid != lost
    again.kill()


def test_a_killed_process_starts_again(layout: Layout, waiting: Process) -> None:
    killed = waiting.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    until(lambda: not waiting.is_running)
    again = a_process(layout)
    again.start()
    again.wait()
    assert again.pid not in (None, killed)
    again.kill()


def test_a_process_that_ends_while_starting_shows_its_last_lines(layout: Layout) -> None:
    fails = a_process(layout, "raise SystemExit('the disk is full')")
    fails.start()
    with pytest.raises(StartFailed, match="the disk is full"):
        fails.wait()


def test_a_process_inherits_nothing_that_could_steer_it(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "elsewhere:9092")
    process = a_process(layout)
    process.start()
    process.wait()
    assert process.pid is not None
    seen = psutil.Process(process.pid).environ()
    process.kill()
    assert "KAFKA_BOOTSTRAP_SERVERS" not in seen
    assert MARK in seen


OWNER = """
import pathlib, signal, sys
from infra.local.stack import Stack
with Stack(pathlib.Path(sys.argv[1]), parts=("identity",)) as stack:
    print(stack.process("identity").pid, flush=True)
    signal.pause()
"""


def test_what_a_killed_test_run_has_started_ends_with_it(layout: Layout) -> None:
    command = [sys.executable, "-c", OWNER, str(layout.home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        started = int(owner.stdout.readline())
        assert psutil.pid_exists(started)
        owner.kill()
    until(lambda: not list(marked(f"{layout.home}:identity")))
