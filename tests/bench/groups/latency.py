"""How long after its commit an event can be read: our relay beside Debezium.

Database and broker may use both cores: on the one where events are written and read they waited
for these for longer than for the relay.
"""

import time
from collections.abc import Sequence

from tests.bench.figures import Figure, Sample, alternate, at_most, ratio, series, told
from tests.bench.groups.relay import RELAY
from tests.bench.outbox import Outbox, an_outbox
from tests.bench.peers.debezium import Debezium, asleep, into_its_outbox
from tests.bench.pinned import DRIVER_CORE, SUBJECT_CORE, cpu_seconds
from tests.bench.writing import PER_SECOND, Writer, into_our_outbox

IDLE_SECONDS = 10.0


def measure() -> Sequence[Figure]:
    """Events are committed one by one at random moments; ours and Debezium by turns."""
    with an_outbox(SUBJECT_CORE, DRIVER_CORE) as outbox:
        debezium = Debezium(outbox)
        connect = debezium.start()
        debezium.warm()
        writer = Writer(outbox)

        def ours() -> Sample:
            with asleep(connect), outbox.process(*RELAY) as pid:
                return writer.delays(pid, into_our_outbox)

        def theirs() -> Sample:
            with debezium.connector(**{"poll.interval.ms": "10"}):
                return writer.delays(debezium.pid, into_its_outbox)

        runs = alternate(ours=ours, debezium=theirs)
        with asleep(connect):
            idle = idle_cpu(outbox)
    return [
        *(
            ratio(
                f"{what} from commit to reader, ours to Debezium's",
                series(runs["ours"], quantity),
                series(runs["debezium"], quantity),
                at_most(0.5),
            )
            for what, quantity in (("p50", "p50_ms"), ("p95", "p95_ms"))
        ),
        *(
            told(f"{what}, {who}", series(samples, quantity), unit)
            for what, quantity, unit in (
                ("p50", "p50_ms", "ms"),
                ("p95", "p95_ms", "ms"),
                (f"CPU at {PER_SECOND} events/s", "cpu_ms", "ms/s"),
            )
            for who, samples in (("ours", runs["ours"]), ("Debezium", runs["debezium"]))
        ),
        Figure("CPU of a relay without work", idle, "ms/s"),
    ]


def idle_cpu(outbox: Outbox) -> float:
    """What looking for rows costs while there are none, in ms of CPU per second."""
    with outbox.process(*RELAY) as pid:
        time.sleep(IDLE_SECONDS / 2)
        cpu = cpu_seconds(pid)
        time.sleep(IDLE_SECONDS)
        return (cpu_seconds(pid) - cpu) / IDLE_SECONDS * 1000
