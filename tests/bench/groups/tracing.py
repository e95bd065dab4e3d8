"""What spans cost a command when every trace is recorded, beside the same service without."""

import time
from collections.abc import Sequence

from tests.bench.figures import Figure, Sample, alternate, at_most, series, told
from tests.bench.office import CALLERS, WARM_CALLS, Office, an_office, triage

RPC = "TriageComplaint"
MOST_US = 200
# A small difference of two large values: many short runs, since a machine that changes its speed
# within a pair does so by more than what is looked for.
ROUNDS, CALLS = 36, 40
# Longer than the exporter waits before it sends a batch that is not full.
SENT_SECONDS = 3.0


def _sent(office: Office) -> int:
    """How many spans the receiver has, once the last ones have come."""
    time.sleep(SENT_SECONDS)
    return office.spans_kept()


def measure() -> Sequence[Figure]:
    """Sixteen officers triage, at a service that records spans and at one that does not."""
    with an_office() as office:
        traced, untraced = office.subject(), office.subject(ESTAFET_OTLP_ENDPOINT="")
        work = triage(office.file(traced))

        def recorded() -> Sample:
            return office.measure(traced, RPC, work, CALLS)

        def silent() -> Sample:
            return office.measure(untraced, RPC, work, CALLS)

        runs = alternate(ROUNDS, traced=recorded, untraced=silent)
        before = _sent(office)
        recorded()
        spans = (_sent(office) - before) / (CALLERS * (CALLS + WARM_CALLS))
    own, other = series(runs["traced"], "cpu_us"), series(runs["untraced"], "cpu_us")
    more = [with_spans - without for with_spans, without in zip(own, other, strict=True)]
    return [
        told("CPU per command, more than untraced", more, "us", at_most(MOST_US)),
        Figure("spans per command", spans, "spans", at_most(1)),
        told("CPU per command, traced", own, "us"),
        told("CPU per command, untraced", other, "us"),
    ]
