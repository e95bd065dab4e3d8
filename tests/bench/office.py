"""An office at work: sixteen complaint officers at a time, who call a service by gRPC.

The process under test has a core to itself; its callers, PostgreSQL and the receiver of spans
share the other one.
"""

import itertools
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from signal import Signals
from typing import Any

import grpc
import httpx
import psycopg
from estafet.complaint.v1 import service_pb2 as pb
from google.protobuf.message import Message

from infra.identity.clients import Client
from infra.identity.tokens import mint
from infra.local.discovery import discover
from infra.local.layout import BUILD
from infra.local.ports import LOOPBACK, answers
from infra.local.stack import Stack
from services.chassis import catalogue
from tests.bench.figures import Sample, percentile
from tests.bench.pinned import DRIVER_CORE, SUBJECT_CORE, cpu_seconds, driving, pin
from tests.support.superuser import superuser_dsn

SERVICE = "complaint"
CALLERS = 16
COMPLAINTS_PER_CALLER = 10
WARM_CALLS, CALLS = 30, 200
CALL_SECONDS = 10
TOKEN_SECONDS = 3600
TURNS, CALLS_OF_A_TURN = 16, 10
SIGNAL_SECONDS = 0.1

# The requests of one caller, without an end.
Work = Callable[[int], Iterator[Message]]


@dataclass(frozen=True)
class Subject:
    """A process under test that serves complaint's rpcs."""

    pid: int
    port: int


@dataclass
class Office:
    """A stack with complaint's database, an issuer of tokens and a receiver of spans."""

    stack: Stack
    opened: int = 0

    def open(self) -> None:
        """Tables; nothing else on the core of the process that is measured."""
        self.stack.estafet("migrate")
        for process in self.stack.processes:
            if process.pid is not None:
                pin(process.pid, DRIVER_CORE)

    def subject(self, module: str = "", **variables: str) -> Subject:
        """Start complaint's process with the role api, or another program in its place."""
        program = self.stack.service_program(SERVICE, self.opened, roles="api")
        self.opened += 1
        port = program.listens[0]
        if module:
            command = [sys.executable, "-m", module]
            variables["BENCH_DSN"] = self.stack.dsn(SERVICE)
            program = replace(program, command=command, is_ready=lambda: answers(port))
        process = self.stack.run(replace(program, environment={**program.environment, **variables}))
        if process.pid is None:
            raise RuntimeError(f"{process.name} has ended: {process.log}")
        pin(process.pid, SUBJECT_CORE)
        return Subject(process.pid, port)

    def measure(self, subject: Subject, rpc: str, work: Work, count: int = CALLS) -> Sample:
        """Have every caller make its calls, some of them before anything is measured."""
        self._empty()
        with grpc.insecure_channel(f"{LOOPBACK}:{subject.port}") as channel:
            calls = [self._calls(channel, rpc, number, work) for number in range(CALLERS)]
            _all_make(calls, WARM_CALLS)
            began, cpu = time.monotonic(), cpu_seconds(subject.pid)
            took = _all_make(calls, count)
            seconds, used = time.monotonic() - began, cpu_seconds(subject.pid) - cpu
        return {
            "cpu_us": used / len(took) * 1e6,
            "rate": len(took) / seconds,
            "p50_ms": percentile(took, 0.5) * 1000,
            "p95_ms": percentile(took, 0.95) * 1000,
        }

    def measure_by_turns(self, subject: Subject, rpc: str, work: Work, **states: Signals) -> Sample:
        """Processor time a call (us) of one process in states that take turns of half a second.

        A signal brings about each; the last of them also ends every turn. A machine that changes
        its speed does so for all of them, and no two processes are compared.
        """
        *_, rest = states.values()
        used = dict.fromkeys(states, 0.0)
        self._empty()
        with grpc.insecure_channel(f"{LOOPBACK}:{subject.port}") as channel:
            calls = [self._calls(channel, rpc, each, work) for each in range(CALLERS)]
            _all_make(calls, WARM_CALLS)
            _signal(subject, rest)
            for turn in range(TURNS):
                for name in list(states) if turn % 2 == 0 else reversed(list(states)):
                    before = cpu_seconds(subject.pid)
                    _signal(subject, states[name])
                    _all_make(calls, CALLS_OF_A_TURN)
                    _signal(subject, rest)
                    used[name] += cpu_seconds(subject.pid) - before
        made = TURNS * CALLS_OF_A_TURN * CALLERS
        return {name: seconds / made * 1e6 for name, seconds in used.items()}

    def _empty(self) -> None:
        """A run begins with empty logs: what earlier ones left behind is no part of it."""
        with psycopg.connect(self._dsn, autocommit=True) as database:
            database.execute("TRUNCATE outbox, command_log, command_spent")
            database.execute("CHECKPOINT")

    def _calls(self, channel: grpc.Channel, rpc: str, number: int, work: Work) -> Iterator[float]:
        """One call after the other by one officer; how many seconds each took."""
        method = catalogue.methods(SERVICE)[rpc]
        ask: Any = channel.unary_unary(
            f"/{method.containing_service.full_name}/{rpc}",
            request_serializer=catalogue.class_of(method.input_type).SerializeToString,
            response_deserializer=catalogue.class_of(method.output_type).FromString,
        )
        metadata = (("authorization", f"Bearer {self.tokens[number]}"),)
        for request in work(number):
            began = time.monotonic()
            ask(request, timeout=CALL_SECONDS, metadata=metadata)
            yield time.monotonic() - began

    @cached_property
    def tokens(self) -> list[str]:
        """A token of each officer."""
        return [
            mint(
                self.stack.secrets,
                self.stack.url("identity"),
                Client(f"officer-{number}", f"officer:{number}", ("complaint_officer",)),
                lifetime_seconds=TOKEN_SECONDS,
            )
            for number in range(CALLERS)
        ]

    def file(self, subject: Subject) -> list[list[str]]:
        """Fresh complaints for each officer, by their ids."""
        with grpc.insecure_channel(f"{LOOPBACK}:{subject.port}") as channel:
            ask: Any = channel.unary_unary(
                "/estafet.complaint.v1.ComplaintService/FileComplaint",
                request_serializer=pb.FileComplaintRequest.SerializeToString,
                response_deserializer=pb.FileComplaintResponse.FromString,
            )

            def filed() -> str:
                request = pb.FileComplaintRequest(request_id=an_id(), narrative="Gaji (contoh).")
                return str(ask(request, timeout=CALL_SECONDS).complaint_id)

            return [[filed() for _ in range(COMPLAINTS_PER_CALLER)] for _ in range(CALLERS)]

    def spans_kept(self) -> int:
        """How many spans the receiver has been sent so far."""
        return int(httpx.get(f"{self.stack.url('receiver')}/healthz").json()["kept"])

    @property
    def _dsn(self) -> str:
        return superuser_dsn(self.stack, SERVICE)


def _signal(subject: Subject, number: Signals) -> None:
    """Send a signal, and wait until it has had its effect."""
    os.kill(subject.pid, number)
    time.sleep(SIGNAL_SECONDS)


def _all_make(calls: list[Iterator[float]], count: int) -> list[float]:
    """What so many calls of every caller took, in seconds, all callers at the same time."""
    with ThreadPoolExecutor(len(calls)) as callers:
        took = callers.map(lambda each: list(itertools.islice(each, count)), calls)
        return [seconds for each in took for seconds in each]


def triage(complaints: list[list[str]]) -> Work:
    """Commands that change something every time: each complaint by turns is found more severe."""

    def work(number: int) -> Iterator[Message]:
        for turn in itertools.count():
            for complaint_id in complaints[number]:
                yield pb.TriageComplaintRequest(
                    request_id=an_id(),
                    complaint_id=complaint_id,
                    category="unpaid_wages",
                    severity=1 + turn % 3,
                )

    return work


def an_id() -> str:
    """A fresh request_id, which is also what any other id looks like."""
    return str(uuid.uuid4())


@contextmanager
def an_office() -> Iterator[Office]:
    """An office on a stack of its own, with fsync on."""
    BUILD.mkdir(exist_ok=True)
    parts = ("postgres", "identity", "receiver")
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=BUILD) as home,
        Stack(Path(home), discover().services, parts, kind="local", fsync=True) as stack,
        driving(),
    ):
        office = Office(stack)
        office.open()
        yield office
