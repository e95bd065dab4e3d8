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
from infra.local.processes import MARK, Process, Program, StartFailed, marked

WAITS = "import signal; print('ready', flush=True); signal.pause()"
IGNORES_SIGTERM = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + WAITS


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


def a_process(layout: Layout, code: str = WAITS, grace_seconds: float = 5.0) -> Process:
    log = layout.log("waits")

    def is_ready() -> bool:
        return log.exists() and "ready" in log.read_text()

    command = [sys.executable, "-c", code]
    return Process(Program("waits", command, is_ready, grace_seconds=grace_seconds), layout)


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
    with subprocess.Popen([sys.executable, "-c", WAITS], stdout=subprocess.DEVNULL) as stranger:
        stale = {"pid": stranger.pid, "started_at": psutil.Process().create_time() - 3600}
        (layout.run / "waits.pid").write_text(json.dumps(stale))
        ours = a_process(layout)
        ours.stop()
        ours.kill()
        assert stranger.poll() is None
        stranger.kill()


def test_one_that_lost_its_pid_file_is_replaced_not_doubled(
    layout: Layout, waiting: Process
) -> None:
    lost = waiting.pid
    (layout.run / "waits.pid").unlink()
    again = a_process(layout)
    again.start()
    again.wait()
    assert [found.pid for found in marked(f"{layout.home}:waits")] == [again.pid]
    assert again.pid != lost
    again.kill()


def test_a_killed_process_starts_again(layout: Layout, waiting: Process) -> None:
    killed = waiting.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
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
