"""What spans cost a command when every trace is recorded."""

import time
from collections.abc import Sequence

from tests.bench.figures import Figure, at_most, series, told
from tests.bench.office import CALLERS, CALLS, WARM_CALLS, Office, an_office, triage
from tests.bench.subjects.switched_api import OFF, ON

RPC = "TriageComplaint"
MOST_US = 200
ROUNDS = 9
# Longer than the exporter waits before it sends a batch of spans that is not full.
SENT_SECONDS = 3.0


def _sent(office: Office) -> int:
    """How many spans the receiver has, once the last ones have come."""
    time.sleep(SENT_SECONDS)
    return office.spans_kept()


def measure() -> Sequence[Figure]:
    """Sixteen officers triage, at a service that records spans by turns."""
    with an_office() as office:
        service = office.subject("tests.bench.subjects.switched_api")
        work = triage(office.file(service))
        before = _sent(office)
        office.measure(service, RPC, work)
        spans = (_sent(office) - before) / (CALLERS * (CALLS + WARM_CALLS))
        runs = [
            office.measure_by_turns(service, RPC, work, traced=ON, untraced=OFF)
            for _ in range(ROUNDS)
        ]
    own, other = series(runs, "traced"), series(runs, "untraced")
    more = [with_spans - without for with_spans, without in zip(own, other, strict=True)]
    return [
        told("CPU per command, more than untraced", more, "us", at_most(MOST_US)),
        Figure("spans per command", spans, "spans", at_most(1)),
        told("CPU per command, traced", own, "us"),
        told("CPU per command, untraced", other, "us"),
    ]
