"""Officers who act at random moments, while something else goes on."""

import itertools
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import grpc
from estafet.complaint.v1 import service_pb2 as pb

from infra.local.ports import LOOPBACK
from tests.bench.figures import percentile
from tests.bench.office import CALLERS, Office, Subject, an_id

PER_SECOND = 10
CALL_SECONDS = 30


@dataclass
class Live:
    """Officers who triage anew, ten times a second, one of some complaints each time."""

    office: Office
    subject: Subject
    complaints: list[str]
    chance: random.Random = field(default_factory=lambda: random.Random(6))  # noqa: S311 - no secret
    turn: Iterator[int] = field(default_factory=itertools.count)

    def p95_ms(self, is_over: Callable[[], bool]) -> float:
        """The 95th percentile of what an act takes, from the moment at which somebody wants it,
        until something is over."""
        stop = threading.Event()
        with ThreadPoolExecutor(1) as looking:
            looked = looking.submit(_look, is_over, stop)
            try:
                took = self._until(stop)
            finally:
                stop.set()
            looked.result()
        return percentile(took, 0.95) * 1000

    def _until(self, stop: threading.Event) -> list[float]:
        made: list[Future[float]] = []
        with (
            grpc.insecure_channel(f"{LOOPBACK}:{self.subject.port}") as channel,
            ThreadPoolExecutor(CALLERS) as callers,
        ):
            due = time.monotonic()
            while not stop.wait(max(0.0, due - time.monotonic())):
                made.append(callers.submit(self._act, channel, due))
                due += self.chance.expovariate(PER_SECOND)
            return [each.result() for each in made]

    def _act(self, channel: grpc.Channel, due: float) -> float:
        turn = next(self.turn)
        ask: Any = channel.unary_unary(
            "/estafet.complaint.v1.ComplaintService/TriageComplaint",
            request_serializer=pb.TriageComplaintRequest.SerializeToString,
            response_deserializer=pb.TriageComplaintResponse.FromString,
        )
        request = pb.TriageComplaintRequest(
            request_id=an_id(),
            complaint_id=self.chance.choice(self.complaints),
            category="unpaid_wages",
            severity=1 + turn % 3,
        )
        token = self.office.tokens[turn % CALLERS]
        metadata = (("authorization", f"Bearer {token}"),)
        ask(request, timeout=CALL_SECONDS, metadata=metadata)
        return time.monotonic() - due


def _look(is_over: Callable[[], bool], stop: threading.Event) -> None:
    """Stop as soon as it is over, and also when that cannot be told any more."""
    try:
        while not stop.wait(0.5):
            if is_over():
                return
    finally:
        stop.set()


def after(seconds: float) -> Callable[[], bool]:
    """Over once so much time has passed."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end
