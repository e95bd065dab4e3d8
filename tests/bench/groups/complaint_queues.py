"""Pages of the queues at 1,000,000 complaints, as officers ask for them by gRPC.

Every page of every queue is asked for, one after the other, short queues several times; of those
that ended the first hundred, a hundred from the middle on, and the last ones. What a page takes
depends on who else uses the machine, so the processor time of a page is told besides: of the
service and of PostgreSQL. BENCH_COMPLAINTS is another number.
"""

import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import grpc
import psycopg
from estafet.complaint.v1 import service_pb2 as pb

from infra.local.discovery import discover
from infra.local.layout import BUILD
from infra.local.ports import LOOPBACK
from infra.local.stack import Stack
from services.chassis.paging import page_token
from tests.bench import caseload, history
from tests.bench.figures import Figure, at_most, percentile, told
from tests.bench.office import CALL_SECONDS, SERVICE, Office, Subject
from tests.bench.pinned import cpu_seconds
from tests.support.superuser import superuser_dsn

ROWS = int(os.environ.get("BENCH_COMPLAINTS", "1000000"))
MOST_MS = 50
OFFICERS = 10
AT_ONCE = 100
WARM_PAGES = 10
# Of a short queue at least so many.
PAGES = 50
BUSY = caseload.BUSY_UNIT
Asked = Mapping[str, Any]
_PLACE = """
SELECT rank, filed_at, complaint_id FROM complaint WHERE closed_at IS NOT NULL
ORDER BY rank, filed_at, complaint_id OFFSET %s LIMIT 1
"""


def measure() -> Sequence[Figure]:
    """Walk through all queues, and tell the slowest."""
    BUILD.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=BUILD) as home,
        Stack(
            Path(home),
            discover().services,
            ("postgres", "identity"),
            kind="local",
            postgres_settings=history.QUICK,
        ) as stack,
    ):
        stack.estafet("migrate")
        caseload.fill(superuser_dsn(stack, SERVICE), ROWS)
        office = Office(stack)
        desk = Desk(office, office.subject())
        took, cpu = dict[str, list[float]](), dict[str, float]()
        for name, (asked, places) in _queues(stack).items():
            desk.warm(asked)
            began = desk.cpu_ms()
            took[name] = list(desk.pages(asked, places))
            cpu[name] = (desk.cpu_ms() - began) / len(took[name])
            print(f"{name:34} {_told(took[name])}, CPU {cpu[name]:5.1f} ms", flush=True)
    p95 = {name: percentile(times, 0.95) for name, times in took.items()}
    slowest = max(p95, key=lambda name: p95[name])
    every = [each for times in took.values() for each in times]
    return [
        Figure(
            f"queue pages at {ROWS:,}: p95 of the slowest",
            p95[slowest],
            "ms",
            at_most(MOST_MS),
            tuple(p95.values()),
            slowest,
        ),
        Figure("queue pages: p95 of all", percentile(every, 0.95), "ms", at_most(MOST_MS)),
        told("queue pages: p50", every, "ms"),
        Figure(
            "queue pages: CPU of the dearest",
            max(cpu.values()),
            "ms",
            samples=tuple(cpu.values()),
            limits=max(cpu, key=lambda name: cpu[name]),
        ),
        Figure("queue pages: how many", len(every), ""),
    ]


def _told(times: Sequence[float]) -> str:
    p50, p95 = percentile(times, 0.5), percentile(times, 0.95)
    return f"{len(times):5} pages, p50 {p50:6.1f}, p95 {p95:6.1f}, most {max(times):6.1f} ms"


def _queues(stack: Stack) -> dict[str, tuple[Asked, Sequence[str]]]:
    """What is asked for, and after which places: from the first page to the last, where there is
    none."""
    stages = [
        name
        for name in pb.Stage.DESCRIPTOR.values_by_name
        if name not in ("STAGE_UNSPECIFIED", "STAGE_CLOSED")
    ]
    units = (BUSY, *caseload.SMALL_UNITS)
    found: dict[str, tuple[Asked, Sequence[str]]] = {
        "all that is open": ({}, ()),
        "STAGE_CLOSED": ({"stage": "STAGE_CLOSED"}, _closed_places(stack)),
        **{stage: ({"stage": stage}, ()) for stage in stages},
        **{unit: ({"unit": unit}, ()) for unit in units},
        **{
            f"{BUSY} officer:{number}": ({"unit": BUSY, "officer_id": f"officer:{number}"}, ())
            for number in range(OFFICERS)
        },
        **{
            f"{unit} {stage}": ({"unit": unit, "stage": stage}, ())
            for unit in (BUSY, caseload.SMALL_UNITS[0])
            for stage in stages
            if stage != "STAGE_MERGED"
        },
    }
    return found


def _closed_places(stack: Stack) -> Sequence[str]:
    """The first, one in the middle, one near the end."""
    ended = ROWS - caseload.OPEN
    tokens = [""]
    with psycopg.connect(superuser_dsn(stack, SERVICE)) as database:
        for offset in (ended // 2, ended - 3 * AT_ONCE):
            row = database.execute(_PLACE.encode(), (offset,)).fetchone()
            if row is None:
                raise LookupError(f"there is no ended complaint {offset}")
            tokens.append(page_token(*row))
    return tokens


class Desk:
    """One officer at complaint's api."""

    def __init__(self, office: Office, subject: Subject) -> None:
        channel = grpc.insecure_channel(f"{LOOPBACK}:{subject.port}")
        self._ask: Any = channel.unary_unary(
            "/estafet.complaint.v1.ComplaintService/ListComplaints",
            request_serializer=pb.ListComplaintsRequest.SerializeToString,
            response_deserializer=pb.ListComplaintsResponse.FromString,
        )
        self._metadata = (("authorization", f"Bearer {office.tokens[0]}"),)
        self._working = [subject.pid, office.stack.process("postgres").pid]

    def cpu_ms(self) -> float:
        """Processor time that the service and PostgreSQL have taken."""
        return sum(cpu_seconds(pid) for pid in self._working if pid is not None) * 1000

    def warm(self, asked: Asked) -> None:
        """Ask for some pages that do not count: a desk asks all day."""
        list(islice(self._from(asked, ""), WARM_PAGES))

    def pages(self, asked: Asked, places: Sequence[str]) -> Iterator[float]:
        """What each page takes, in ms."""
        for place in places:
            yield from islice(self._from(asked, place), AT_ONCE)
        pages = 0
        while not places and pages < PAGES:
            for took in self._from(asked, ""):
                pages += 1
                yield took

    def _from(self, asked: Asked, token: str) -> Iterator[float]:
        while True:
            request = pb.ListComplaintsRequest(**asked, page_size=50, page_token=token)
            began = time.monotonic()
            answer = self._ask(request, timeout=CALL_SECONDS, metadata=self._metadata)
            yield (time.monotonic() - began) * 1000
            token = answer.next_page_token
            if not token:
                return
