"""What an idle service process takes, with all its roles, after a few calls.

Pages of libraries are shared among Python processes, so the proportional size falls with every
one more that runs. Both ends are told: beside the other service, and alone, where what is shared
with other Python processes counts in full.
"""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
from estafet.complaint.v1 import service_pb2 as complaint
from estafet.protection.v1 import service_pb2 as protection

from infra.local.discovery import discover
from infra.local.layout import BUILD
from infra.local.processes import proportional_bytes
from infra.local.stack import Stack
from tests.bench.figures import Figure, at_most, told
from tests.support.desk import Desk

SERVICES = ("complaint", "protection")
PARTS = ("postgres", "kafka", "identity", "receiver")
MOST_MB = 150
ROUNDS = 3
CALLS = 20
IDLE_SECONDS = 5.0
MB = 2**20


def measure() -> Sequence[Figure]:
    """Start both, call them, let them rest, look; and all that again."""
    BUILD.mkdir(exist_ok=True)
    beside: dict[str, list[float]] = {name: [] for name in SERVICES}
    alone: dict[str, list[float]] = {name: [] for name in SERVICES}
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=BUILD) as home,
        Stack(Path(home), discover().services, PARTS, serving=SERVICES, kind="local") as stack,
    ):
        for _ in range(ROUNDS):
            _call(Desk(stack))
            time.sleep(IDLE_SECONDS)
            for name in SERVICES:
                process = psutil.Process(stack.process(name).pid)
                beside[name].append(proportional_bytes(process) / MB)
                alone[name].append(alone_bytes(process) / MB)
            for name in SERVICES:
                stack.process(name).restart()
    return [
        told(f"{name}, {where}", sizes[name], "MB", at_most(MOST_MB))
        for where, sizes in (("alone", alone), ("beside the other", beside))
        for name in SERVICES
    ]


def _call(desk: Desk) -> None:
    for _ in range(CALLS):
        desk.hand_over()
        listed = complaint.ListComplaintsRequest()
        desk.call("complaint", "ListComplaints", listed, "complaint_officer")
        desk.call("protection", "ListCases", protection.ListCasesRequest(), "case_officer")


def alone_bytes(process: psutil.Process) -> int:
    """Its memory if no other Python process ran: only what others use, too, is divided."""
    maps = process.memory_maps(grouped=True)
    return sum(each.pss if _is_of_the_system(each.path) else each.rss for each in maps)


def _is_of_the_system(path: str) -> bool:
    return path.startswith(("/usr/lib/", "/lib/"))
