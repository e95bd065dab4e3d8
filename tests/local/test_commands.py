"""`make up`, `down`, `status`, `logs` and `clean`, as a user calls them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from infra.local.layout import CHECKOUT, Layout
from infra.local.ports import LOOPBACK, Ports
from infra.local.processes import MARK
from infra.local.stack import INFRASTRUCTURE, Stack
from tests.support.waiting import until

pytestmark = pytest.mark.stack


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "a home"
    yield folder
    local(folder, "down")


def local(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "infra.local", *arguments],
        cwd=CHECKOUT,
        env={**os.environ, "ESTAFET_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def pids(home: Path) -> dict[str, int]:
    """What the pid files say."""
    return {path.stem: json.loads(path.read_text())["pid"] for path in (home / "run").glob("*.pid")}


def running(home: Path) -> set[int]:
    """Everything alive that was started for a home, children included."""
    found = set()
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK, "").startswith(f"{home}:"):
                found.add(process.pid)
        except psutil.Error:
            continue
    return found


def test_up_starts_down_stops_and_clean_removes(home: Path) -> None:
    up = local(home, "up", "--infrastructure")
    assert up.returncode == 0, up.stderr
    assert set(pids(home)) == set(INFRASTRUCTURE)
    assert "one trace" in up.stdout
    trace_id = up.stdout.split("/zipkin/traces/")[1].split()[0]
    receiver = f"http://{LOOPBACK}:{Ports.of(Layout(home)).get('receiver')}"
    kept = httpx.get(f"{receiver}/spans", params={"trace_id": trace_id}).json()["spans"]
    assert {span["name"] for span in kept} == {"make up", *INFRASTRUCTURE}
    assert "not healthy" not in local(home, "status").stdout
    assert "still run" in local(home, "clean").stderr
    assert local(home, "down").returncode == 0
    assert running(home) == set()


def test_after_a_kill_of_everything_up_starts_again(home: Path) -> None:
    assert local(home, "up", "--infrastructure").returncode == 0
    for pid in pids(home).values():
        os.kill(pid, signal.SIGKILL)
    again = local(home, "up", "--infrastructure")
    assert again.returncode == 0, again.stderr


def test_a_supervisor_that_was_killed_leaves_what_the_next_up_takes_over(home: Path) -> None:
    supervisor = foreground(home)
    before = pids(home)
    supervisor.kill()
    supervisor.wait()
    assert local(home, "up", "--infrastructure").returncode == 0
    assert pids(home) == before


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_what_runs_in_the_foreground(home: Path, how: signal.Signals) -> None:
    supervisor = foreground(home)
    supervisor.send_signal(how)
    supervisor.wait(60)
    assert running(home) == set()


def test_a_signal_while_starting_leaves_nothing_behind(home: Path) -> None:
    starting = start(home)
    until((home / "run" / "receiver.pid").exists)
    starting.send_signal(signal.SIGTERM)
    starting.wait(60)
    assert running(home) == set()


def test_a_taken_port_is_named_with_who_holds_it(home: Path) -> None:
    layout = Layout(home)
    layout.make()
    port = Ports.of(layout).get("identity")
    with socket.create_server((LOOPBACK, port)):
        up = local(home, "up", "--infrastructure")
    assert up.returncode == 1
    assert f"port {port}, wanted by identity, is held by pid {os.getpid()} (" in up.stderr
    assert running(home) == set()


def test_two_copies_run_side_by_side(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    try:
        assert local(home, "up", "--infrastructure").returncode == 0
        assert local(other, "up", "--infrastructure").returncode == 0
        assert not running(home) & running(other)
    finally:
        local(other, "down")


def test_logs_of_nothing_name_what_there_is(home: Path) -> None:
    (home / "logs").mkdir(parents=True)
    (home / "logs" / "kafka.log").touch()
    assert "one of: kafka" in local(home, "logs", "nothing").stderr


def test_everything_stops_in_the_reverse_order_of_its_start(tmp_path: Path) -> None:
    stopped: list[str] = []
    with Stack(tmp_path, parts=INFRASTRUCTURE, fsync=False) as stack:
        for process in stack.processes:
            process.stop = recording(process.name, process.stop, stopped)  # type: ignore[method-assign] # it still stops
    assert stopped == ["identity", "receiver", "zipkin", "kafka", "postgres"]


def test_nothing_listens_beyond_loopback(tmp_path: Path) -> None:
    with Stack(tmp_path, parts=INFRASTRUCTURE, fsync=False) as stack:
        ours = {process.pid for process in stack.processes}
        heard = {
            connection.laddr[:1]
            for connection in psutil.net_connections("inet")
            if connection.pid in ours and connection.status in (psutil.CONN_LISTEN, "NONE")
        }
    assert heard <= {(LOOPBACK,), (f"::ffff:{LOOPBACK}",)}
    assert heard


def recording(name: str, stop: Callable[[], None], into: list[str]) -> Callable[[], None]:
    def record_and_stop() -> None:
        into.append(name)
        stop()

    return record_and_stop


def start(home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "infra.local", "up", "--infrastructure", "--foreground"],
        cwd=CHECKOUT,
        env={**os.environ, "ESTAFET_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def foreground(home: Path) -> subprocess.Popen[str]:
    supervisor = start(home)
    assert supervisor.stdout is not None
    for line in supervisor.stdout:
        if line.startswith("Ctrl-C"):
            return supervisor
    raise AssertionError(supervisor.stderr.read() if supervisor.stderr else "")
