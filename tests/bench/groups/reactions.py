"""How fast a reactions class works off a backlog, with an effect and an event for each record."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from infra.local.layout import BUILD
from infra.local.stack import Stack
from tests.bench.backlog import RECORDS, Backlog
from tests.bench.figures import Figure, Sample, alternate, at_least, ratio, series, told
from tests.bench.pinned import driving
from tests.bench.spans import swallowed

OURS = "tests.bench.subjects.reactions"
LOOP = "tests.bench.peers.reactions_loop"


@contextmanager
def backlog() -> Iterator[Backlog]:
    """A stack of its own with the records in the topic."""
    BUILD.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=BUILD) as home,
        Stack(Path(home), ("complaint", "protection")) as stack,
        swallowed() as spans_url,
        driving(),
    ):
        made = Backlog(stack, spans_url)
        made.prepare()
        yield made


def measure() -> Sequence[Figure]:
    """Our class beside the loop by hand, on the same records."""
    with backlog() as records:

        def ours() -> Sample:
            return records.work_off(OURS)

        def loop() -> Sample:
            return records.work_off(LOOP)

        runs = alternate(ours=ours, loop=loop)
    return [
        ratio(
            f"rate of {RECORDS} records, ours to the loop's",
            series(runs["ours"], "rate"),
            series(runs["loop"], "rate"),
            at_least(0.60),
        ),
        told("ours", series(runs["ours"], "rate"), "records/s"),
        told("the loop by hand", series(runs["loop"], "rate"), "records/s"),
        told("CPU per record, ours", series(runs["ours"], "cpu_us"), "us"),
        told("CPU per record, the loop", series(runs["loop"], "cpu_us"), "us"),
    ]
