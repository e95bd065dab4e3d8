"""What a command costs: complaint's TriageComplaint beside the same written by hand."""

from collections.abc import Sequence

from tests.bench.figures import Figure, Sample, alternate, at_most, ratio, series, told
from tests.bench.office import an_office, triage

RPC = "TriageComplaint"
PEER = "tests.bench.peers.command_handler"


def measure() -> Sequence[Figure]:
    """Sixteen officers triage, at the service and at the handler written by hand, by turns."""
    with an_office() as office:
        service, handler = office.subject(), office.subject(PEER)
        work = triage(office.file(service))

        def ours() -> Sample:
            return office.measure(service, RPC, work)

        def peer() -> Sample:
            return office.measure(handler, RPC, work)

        runs = alternate(ours=ours, peer=peer)
    own, other = runs["ours"], runs["peer"]
    return [
        ratio(
            "CPU, ours to the peer's", series(own, "cpu_us"), series(other, "cpu_us"), at_most(1.5)
        ),
        ratio(
            "p95, ours to the peer's", series(own, "p95_ms"), series(other, "p95_ms"), at_most(1.5)
        ),
        *(
            told(f"{what}, {who}", series(samples, quantity), unit)
            for what, quantity, unit in (
                ("CPU per command", "cpu_us", "us"),
                ("p50", "p50_ms", "ms"),
                ("p95", "p95_ms", "ms"),
                ("rate", "rate", "commands/s"),
            )
            for who, samples in (("ours", own), ("peer", other))
        ),
    ]
