"""What everything around an rpc costs: deadline, token, permission, validation, span, worker with
its unit of work; beside grpcio alone."""

from collections.abc import Iterator, Sequence

from estafet.complaint.v1 import service_pb2 as pb
from google.protobuf.message import Message

from tests.bench.figures import Figure, Sample, alternate, at_most, series, told
from tests.bench.office import an_id, an_office

RPC = "GetStatus"
OURS = "tests.bench.subjects.quiet_api"
BARE = "tests.bench.peers.bare_rpc"
CALLS = 500
MOST_US = 350


def questions(_number: int) -> Iterator[Message]:
    """A caller's requests: always about another complaint."""
    while True:
        yield pb.GetStatusRequest(complaint_id=an_id())


def measure() -> Sequence[Figure]:
    """Sixteen callers ask, at the service and at bare grpcio, by turns."""
    with an_office() as office:
        service, bare = office.subject(OURS), office.subject(BARE)

        def ours() -> Sample:
            return office.measure(service, RPC, questions, CALLS)

        def alone() -> Sample:
            return office.measure(bare, RPC, questions, CALLS)

        runs = alternate(ours=ours, bare=alone)
    own, other = series(runs["ours"], "cpu_us"), series(runs["bare"], "cpu_us")
    more = [with_all - without for with_all, without in zip(own, other, strict=True)]
    return [
        told("CPU per call, more than bare grpcio", more, "us", at_most(MOST_US)),
        told("CPU per call, ours", own, "us"),
        told("CPU per call, bare grpcio", other, "us"),
        told("rate, ours", series(runs["ours"], "rate"), "calls/s"),
        told("rate, bare grpcio", series(runs["bare"], "rate"), "calls/s"),
    ]
