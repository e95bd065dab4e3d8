"""How fast a backlog of events leaves the outbox: our relay, a bare producer, Debezium."""

from collections.abc import Sequence

from tests.bench.figures import Figure, Sample, alternate, at_least, ratio, series, told
from tests.bench.outbox import EVENTS, SERVICE, an_outbox
from tests.bench.peers.debezium import Debezium, asleep

RELAY = ("-m", "services.chassis", SERVICE, "--roles", "relay")
BARE = ("-m", "tests.bench.peers.bare_producer")


def measure() -> Sequence[Figure]:
    """The same backlog for each of the three, by turns; the other two do nothing meanwhile."""
    with an_outbox() as outbox:
        debezium = Debezium(outbox)
        connect = debezium.start()
        debezium.warm()

        def drained_by(*arguments: str) -> Sample:
            with asleep(connect):
                outbox.fill()
                before = outbox.count()
                with outbox.process(*arguments) as pid:
                    return outbox.drained(pid, before)

        runs = alternate(
            ours=lambda: drained_by(*RELAY),
            bare=lambda: drained_by(*BARE),
            debezium=debezium.drains,
        )
    ours, bare, theirs = runs["ours"], runs["bare"], runs["debezium"]
    return [
        ratio(
            f"rate of {EVENTS} events, ours to a bare producer's",
            series(ours, "rate"),
            series(bare, "rate"),
            at_least(0.70),
        ),
        ratio(
            f"rate of {EVENTS} events, ours to Debezium's",
            series(ours, "rate"),
            series(theirs, "rate"),
            at_least(1.0),
        ),
        *(
            told(f"{what}, {who}", series(samples, quantity), unit)
            for what, quantity, unit in (
                ("rate", "rate", "events/s"),
                ("CPU per event", "cpu_us", "us"),
            )
            for who, samples in (("ours", ours), ("bare producer", bare), ("Debezium", theirs))
        ),
    ]
