"""A process without an api tells its health by itself."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2

from infra.local.layout import CHECKOUT
from infra.local.secret_files import SecretFiles
from services.chassis import health
from services.chassis.health import HealthServer, is_serving
from services.chassis.heartbeat import LONGEST_TURN_SECONDS, Heartbeats
from tests.support.waiting import until

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@contextmanager
def telling(beats: Heartbeats) -> Iterator[str]:
    """The address at which a process with these loops tells its health."""
    server = HealthServer("127.0.0.1:0", beats)
    server.start()
    try:
        yield f"127.0.0.1:{server.port}"
    finally:
        server.stop()


def status_of(address: str, part: str) -> int:
    with grpc.insecure_channel(address) as channel:
        ask = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            health_pb2.HealthCheckRequest.SerializeToString,
            health_pb2.HealthCheckResponse.FromString,
        )
        answer: health_pb2.HealthCheckResponse = ask(
            health_pb2.HealthCheckRequest(service=part), timeout=10
        )
    return answer.status


def test_a_process_that_runs_serves() -> None:
    with telling(Heartbeats()) as address:
        assert is_serving(address)


def test_a_loop_that_stands_still_is_told_of_and_does_not_take_the_process_down() -> None:
    now = [0.0]
    beats = Heartbeats(now=lambda: now[0])
    beats.of("relay")
    with telling(beats) as address:
        now[0] = LONGEST_TURN_SECONDS
        beats.look()
        found = status_of(address, "relay"), is_serving(address)
    assert found == (NOT_SERVING, True)


def test_where_nobody_listens_nothing_serves() -> None:
    with telling(Heartbeats()) as address:
        pass
    assert not is_serving(address)


def test_the_process_beside_is_asked_at_its_own_port(monkeypatch: pytest.MonkeyPatch) -> None:
    with telling(Heartbeats()) as address:
        port = address.rpartition(":")[2]
        monkeypatch.setenv("ESTAFET_GRPC_ADDRESS", f"0.0.0.0:{port}")
        assert health.main() == 0


@contextmanager
def a_relay_alone(told: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process of one role whose database and broker are away."""
    command = [sys.executable, "-m", "services.chassis", "complaint", "--roles", "relay"]
    with subprocess.Popen(
        command, cwd=CHECKOUT, env={**os.environ, **told}, stderr=subprocess.DEVNULL
    ) as process:
        yield process
        process.kill()


@pytest.mark.process
def test_a_relay_alone_is_well_while_what_it_needs_is_away(tmp_path: Path) -> None:
    SecretFiles(tmp_path).make_for_service("complaint")
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    told = {
        "ESTAFET_SECRETS_DIR": str(tmp_path / "complaint"),
        "ESTAFET_HEALTH_ADDRESS": address,
        "ESTAFET_DATABASE_PORT": "1",
        "ESTAFET_KAFKA_BOOTSTRAP": "127.0.0.1:1",
    }
    with a_relay_alone(told) as process:
        until(lambda: is_serving(address))
        process.terminate()
        assert process.wait(15) == 0
