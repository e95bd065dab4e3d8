"""A process without an api tells its health by itself."""

from collections.abc import Iterator
from contextlib import contextmanager

import grpc
import pytest
from grpc_health.v1 import health_pb2

from services.chassis import health
from services.chassis.health import HealthServer, is_serving
from services.chassis.heartbeat import LONGEST_TURN_SECONDS, Heartbeats

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
