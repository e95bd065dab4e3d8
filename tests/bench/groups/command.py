"""What a command costs, beside the same written by hand with grpcio and psycopg.

`command`: one row of state, the command log, the stream's head and the outbox: the form that has a
goal. `triage`: complaint's own TriageComplaint, which locks and reads custody besides, is told.
"""

from collections.abc import Sequence

from tests.bench.figures import Figure, Goal, Sample, alternate, at_most, ratio, series, told
from tests.bench.office import Office, Subject, Work, an_office, triage

RPC = "TriageComplaint"
PLAIN = "tests.bench.subjects.plain_api"
HANDLER = "tests.bench.peers.command_handler"
MOST = 1.5


def measure() -> Sequence[Figure]:
    """Sixteen officers triage, at the service and at the handler by hand, by turns."""
    with an_office() as office:
        service = office.subject()
        work = triage(office.file(service))
        plain, by_hand = office.subject(PLAIN), office.subject(HANDLER, BENCH_PLAIN="1")
        figures = _compared(office, "command", plain, by_hand, work, at_most(MOST))
        return figures + _compared(office, "triage", service, office.subject(HANDLER), work)


def _compared(
    office: Office,
    what: str,
    service: Subject,
    handler: Subject,
    work: Work,
    goal: Goal | None = None,
) -> list[Figure]:
    def ours() -> Sample:
        return office.measure(service, RPC, work)

    def by_hand() -> Sample:
        return office.measure(handler, RPC, work)

    runs = alternate(ours=ours, by_hand=by_hand)
    own, other = runs["ours"], runs["by_hand"]
    return [
        *(
            ratio(
                f"{what}: {name}, ours to by hand",
                series(own, quantity),
                series(other, quantity),
                goal,
            )
            for name, quantity in (("CPU", "cpu_us"), ("p95", "p95_ms"))
        ),
        *(
            told(f"{what}: {name}, {who}", series(samples, quantity), unit)
            for name, quantity, unit in (
                ("CPU", "cpu_us", "us"),
                ("p50", "p50_ms", "ms"),
                ("p95", "p95_ms", "ms"),
                ("rate", "rate", "commands/s"),
            )
            for who, samples in (("ours", own), ("by hand", other))
        ),
    ]
