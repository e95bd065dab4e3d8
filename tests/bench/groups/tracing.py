"""What spans cost a command when every trace is recorded, beside the same service without."""

import time
from collections.abc import Sequence

from tests.bench.figures import Figure, at_most, series, told
from tests.bench.office import CALLERS, CALLS, SENT_SECONDS, WARM_CALLS, Office, an_office, triage

RPC = "TriageComplaint"
MOST_US = 200
ROUNDS = 9


def _sent(office: Office) -> int:
    """How many spans the receiver has, once the last ones have come."""
    time.sleep(SENT_SECONDS)
    return office.spans_kept()


def measure() -> Sequence[Figure]:
    """Sixteen officers triage, at a service that records spans and at one that does not."""
    with an_office() as office:
        traced, untraced = office.subject(), office.subject(ESTAFET_OTLP_ENDPOINT="")
        work = triage(office.file(traced))
        # A small difference of two large values: by turns that are too short for a machine to
        # change its speed within them.
        runs = [
            office.measure_by_turns(RPC, work, traced=traced, untraced=untraced)
            for _ in range(ROUNDS)
        ]
        before = _sent(office)
        office.measure(traced, RPC, work)
        spans = (_sent(office) - before) / (CALLERS * (CALLS + WARM_CALLS))
    own, other = series(runs, "traced"), series(runs, "untraced")
    more = [with_spans - without for with_spans, without in zip(own, other, strict=True)]
    return [
        told("CPU per command, more than untraced", more, "us", at_most(MOST_US)),
        Figure("spans per command", spans, "spans", at_most(1)),
        told("CPU per command, traced", own, "us"),
        told("CPU per command, untraced", other, "us"),
    ]
