"""What an officer's action on a complaint costs, beside the bare command by hand: one row of state,
the command log, the stream's head and the outbox (the peer of the group `command`)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from estafet.complaint.v1 import service_pb2 as pb
from google.protobuf.message import Message

from tests.bench import cases, report
from tests.bench.figures import Figure, Sample, alternate, at_most, ratio, series, told
from tests.bench.groups.command import HANDLER
from tests.bench.groups.command import RPC as BARE
from tests.bench.office import CALLERS, SERVICE, WARM_CALLS, an_office, triage
from tests.bench.office import an_id as new
from tests.support.superuser import superuser_dsn

MOST = 3
ROUNDS, CALLS = 5, 40
OF_A_RUN = CALLERS * (WARM_CALLS + CALLS)
# How a request is made of the id of a complaint that it was not made of before.
ONCE: Mapping[str, Callable[[str], Message]] = {
    "TriageComplaint": lambda id_: pb.TriageComplaintRequest(
        request_id=new(), complaint_id=id_, category="physical_abuse", severity=3
    ),
    "OfferComplaint": lambda id_: pb.OfferComplaintRequest(request_id=new(), complaint_id=id_),
    "DistributeComplaint": lambda id_: pb.DistributeComplaintRequest(
        request_id=new(), complaint_id=id_, service=pb.SERVICE_CONSULTATION
    ),
    "TakeComplaint": lambda id_: pb.TakeComplaintRequest(request_id=new(), complaint_id=id_),
    "AnswerComplaint": lambda id_: pb.AnswerComplaintRequest(
        request_id=new(), complaint_id=id_, text="Sudah dibayar (contoh)."
    ),
    "CloseComplaint": lambda id_: pb.CloseComplaintRequest(
        request_id=new(), complaint_id=id_, ground="demand_met"
    ),
}


def measure() -> Sequence[Figure]:
    """Sixteen officers act on fresh complaints of one unit, or call the handler by hand, by
    turns."""
    with an_office() as office:
        service, by_hand = office.subject(), office.subject(HANDLER, BENCH_PLAIN="1")
        dsn, now = superuser_dsn(office.stack, SERVICE), datetime.now(UTC)
        cases.appoint(dsn, [f"officer:{number}" for number in range(CALLERS)])
        clock = cases.Clock("distribution", now, now + timedelta(days=7), now + timedelta(days=3))
        fresh = iter(cases.make(dsn, 1, len(ONCE) * ROUNDS * OF_A_RUN, clock))
        bare = triage(office.file(service))

        def one(rpc: str) -> list[Figure]:
            def work(_number: int) -> Iterator[Message]:
                return (ONCE[rpc](complaint_id) for complaint_id in fresh)

            def ours() -> Sample:
                return office.measure(service, rpc, work, CALLS)

            def theirs() -> Sample:
                return office.measure(by_hand, BARE, bare, CALLS)

            figures = compared(rpc, alternate(ROUNDS, ours=ours, by_hand=theirs))
            print("\n".join(report.lines(figures)), flush=True)
            return figures

        return [figure for rpc in ONCE for figure in one(rpc)]


def compared(rpc: str, runs: Mapping[str, Sequence[Sample]]) -> list[Figure]:
    """An action's figures: p95 has the goal."""
    own, other = runs["ours"], runs["by_hand"]
    p95, cpu = "p95_ms", "cpu_us"
    return [
        ratio(f"{rpc}: p95 to bare", series(own, p95), series(other, p95), at_most(MOST)),
        ratio(f"{rpc}: CPU to bare", series(own, cpu), series(other, cpu)),
        told(f"{rpc}: p95", series(own, p95), "ms"),
    ]
