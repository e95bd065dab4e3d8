"""Estafet's own processes: the services by gRPC, the gateway by HTTP, and the command `estafet`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2

from infra.local.discovery import GATEWAY
from infra.local.layout import CHECKOUT
from infra.local.loopback import is_healthy
from infra.local.ports import LOOPBACK, answers
from infra.local.processes import Program, StartFailed


def service(
    name: str, port: int, environment: Mapping[str, str], *, replica: int = 0, roles: str = ""
) -> Program:
    """One replica of a service; `roles` is a part of api,reactions,relay, empty for all."""
    serves = not roles or "api" in roles.split(",")
    return Program(
        name=name if replica == 0 else f"{name}-{replica}",
        command=[
            *(sys.executable, "-m", "services.chassis", name),
            *(["--roles", roles] if roles else []),
        ],
        is_ready=(lambda: is_serving(port)) if serves else always,
        says="" if serves else "started",
        listens=[*([port] if serves else []), _metrics_port(environment)],
        environment={**environment, "PYTHONPATH": str(CHECKOUT)},
        grace_seconds=15.0,
    )


def _metrics_port(environment: Mapping[str, str]) -> int:
    return int(environment["ESTAFET_METRICS_ADDRESS"].rpartition(":")[2])


def always() -> bool:
    return True


def gateway(port: int, environment: Mapping[str, str]) -> Program:
    return Program(
        name=GATEWAY,
        command=[sys.executable, "-m", "services.gateway"],
        is_ready=lambda: is_healthy(f"http://{LOOPBACK}:{port}/healthz"),
        listens=[port, _metrics_port(environment)],
        environment={**environment, "PYTHONPATH": str(CHECKOUT)},
        grace_seconds=15.0,
    )


def is_serving(port: int) -> bool:
    """What gRPC's own health service says about the whole process."""
    if not answers(port):
        return False
    with grpc.insecure_channel(f"{LOOPBACK}:{port}") as channel:
        check = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            health_pb2.HealthCheckRequest.SerializeToString,
            health_pb2.HealthCheckResponse.FromString,
        )
        try:
            answer = check(health_pb2.HealthCheckRequest(), timeout=2)
        except grpc.RpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def estafet(arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run the command `estafet`; StartFailed holds what it said."""
    command = Path(sys.executable).with_name("estafet")
    ran = subprocess.run(
        [str(command), *arguments],
        cwd=CHECKOUT,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode != 0:
        said = (ran.stdout + ran.stderr)[-3000:]
        raise StartFailed(f"`estafet {' '.join(arguments)}` ended with {ran.returncode}:\n{said}")
