"""How fast a reactions class works off a backlog, with an effect and an event for each record."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from infra.local.discovery import discover
from infra.local.layout import BUILD
from infra.local.stack import Stack
from tests.bench.backlog import Backlog
from tests.bench.figures import Figure, alternate, at_least, ratio, series, told
from tests.bench.pinned import driving
from tests.bench.spans import swallowed

OURS = "tests.bench.subjects.reactions"
LOOP = "tests.bench.peers.reactions_loop"
FASTSTREAM = "tests.bench.peers.reactions_faststream"
# FastStream takes so long for a record that fewer tell its rate.
FEWER = 2_500
NAMES = {
    "ours": "ours",
    "loop": "the loop by hand",
    "ours_untraced": "ours without spans",
    "loop_untraced": "the loop by hand without spans",
    "faststream": "FastStream",
}


@contextmanager
def backlog() -> Iterator[Backlog]:
    """A stack of its own with the records in the topic."""
    BUILD.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=BUILD) as home,
        Stack(Path(home), discover().services) as stack,
        swallowed() as spans_url,
        driving(),
    ):
        made = Backlog(stack, spans_url)
        made.prepare()
        yield made


def measure() -> Sequence[Figure]:
    """Our class beside the loop by hand and beside FastStream, on the same records.

    Like with like: both make a span of every record, or neither does. What ours with spans makes of
    the rate of a loop without is told beside.
    """
    with backlog() as records:
        runs = alternate(
            ours=lambda: records.work_off(OURS),
            loop=lambda: records.work_off(LOOP, BENCH_SPANS="1"),
            ours_untraced=lambda: records.work_off(OURS, ESTAFET_OTLP_ENDPOINT=""),
            loop_untraced=lambda: records.work_off(LOOP),
            faststream=lambda: records.work_off(FASTSTREAM, first=200, last=FEWER),
        )
    rates = {name: series(samples, "rate") for name, samples in runs.items()}
    return [
        ratio("rate, ours to the loop's", rates["ours"], rates["loop"], at_least(0.60)),
        ratio("the same, both without spans", rates["ours_untraced"], rates["loop_untraced"]),
        ratio("the same, the loop alone without spans", rates["ours"], rates["loop_untraced"]),
        ratio("rate, ours to FastStream's", rates["ours"], rates["faststream"], at_least(4)),
        *(told(f"rate, {NAMES[name]}", rates[name], "records/s") for name in NAMES),
        *(
            told(f"CPU per record, {NAMES[name]}", series(samples, "cpu_us"), "us")
            for name, samples in runs.items()
        ),
    ]
