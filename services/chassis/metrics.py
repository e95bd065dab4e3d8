"""Every metric of a process: its name, kind, labels and what it says, declared here alone.

Names are as Prometheus has them: base units, `_total` for what only grows. A label takes few
values, all known beforehand (an rpc, an event, a part): never an id, never a word of a person.
Counters are counted where things happen; gauges are read when somebody asks (`gauges`). Every
sample also says whose it is: `service` (`metrics_server`).
"""

from dataclasses import dataclass
from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

from services.chassis.lag import Lags

# Or each counter and histogram has a second name.
disable_created_metrics()  # type: ignore[no-untyped-call] # it has no types
BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Kind(StrEnum):
    """What Prometheus may do with a metric."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True)
class Metric:
    """One metric as it is declared."""

    kind: Kind
    name: str
    says: str
    labels: tuple[str, ...] = ()


# Those of a service, and those of the door.
DECLARED: list[Metric] = []
OF_THE_DOOR: list[Metric] = []


def _declare(
    kind: Kind, name: str, says: str, *labels: str, among: list[Metric] = DECLARED
) -> Metric:
    metric = Metric(kind, f"estafet_{name}", says, labels)
    among.append(metric)
    return metric


RPC_CALLS = _declare(Kind.COUNTER, "rpc_calls_total", "Calls that were answered.", "rpc", "code")
RPC_DURATION = _declare(
    Kind.HISTOGRAM, "rpc_duration_seconds", "How long calls took, from thread to answer.", "rpc"
)
OUTBOX_ROWS = _declare(
    Kind.GAUGE, "outbox_rows", "Events that wait for the broker, held keys not counted."
)
OUTBOX_AGE = _declare(Kind.GAUGE, "outbox_age_seconds", "How long the oldest of them has waited.")
OUTBOX_HELD = _declare(Kind.GAUGE, "outbox_held_keys", "Keys whose next event the broker refused.")
RELAYED = _declare(
    Kind.COUNTER,
    "relay_records_total",
    "Events that the broker has acknowledged. HandoverLapsed: nobody answered in time.",
    "event",
)
CONSUMED = _declare(
    Kind.COUNTER, "consumer_records_total", "Records run, skipped or parked.", "consumer"
)
CONSUMER_LAG = _declare(
    Kind.GAUGE, "consumer_lag_records", "Records of its partitions not yet read.", "consumer"
)
CONSUMER_AGE = _declare(
    Kind.GAUGE,
    "consumer_age_seconds",
    "How long ago it was last at the end of its partitions.",
    "consumer",
)
CONSUMER_STOPPED = _declare(
    Kind.GAUGE, "consumer_stopped", "1: it has parked too much and waits to be resumed.", "consumer"
)
PARKED_KEYS = _declare(
    Kind.GAUGE,
    "parked_keys",
    "Keys whose first parked record has this reason.",
    "consumer",
    "reason",
)
CLOCK_OVERDUE = _declare(
    Kind.GAUGE, "clock_overdue_seconds", "By how much the oldest clock on a matter is late."
)
PART_SILENT = _declare(
    Kind.GAUGE, "part_silent_seconds", "How long a loop has not gone round without a fault.", "part"
)
MESSAGES_WAITING = _declare(
    Kind.GAUGE, "messages_waiting", "Messages to people that wait for their hour or for a channel."
)
MESSAGES_OVERDUE = _declare(
    Kind.GAUGE,
    "messages_overdue_seconds",
    "For how long the oldest of them may leave and has not left.",
)
MESSAGES_HELD = _declare(
    Kind.GAUGE,
    "messages_held",
    "Messages that can go nowhere until somebody sees to this reason.",
    "reason",
)
MESSAGES = _declare(
    Kind.COUNTER,
    "messages_total",
    "Messages given to a channel, by what came of it. nobody: its address is no one's (any more).",
    "channel",
    "outcome",
)
DATABASE_UP = _declare(
    Kind.GAUGE, "database_up", "1: the database has just answered this process within a second."
)
DATABASE_CONNECTIONS = _declare(
    Kind.GAUGE, "database_connections", "Connections of this process's pool in use."
)
DATABASE_CONNECTIONS_LIMIT = _declare(
    Kind.GAUGE, "database_connections_limit", "The most that the pool gives."
)
HTTP_REQUESTS = _declare(
    Kind.COUNTER,
    "http_requests_total",
    "Requests that the door has answered. 499: the client went away.",
    "route",
    "status",
    among=OF_THE_DOOR,
)
HTTP_DURATION = _declare(
    Kind.HISTOGRAM,
    "http_request_duration_seconds",
    "How long requests took, from the first byte in to the last one out.",
    "route",
    among=OF_THE_DOOR,
)


class Meter:
    """Calls of one name. A label's counter is looked up once: a search costs as much as both."""

    def __init__(self, calls: Counter, duration: Histogram, name: str) -> None:
        self._calls = calls
        self._duration = duration.labels(name)
        self._name = name
        self._by_code: dict[str, Counter] = {}

    def answered(self, code: str, seconds: float) -> None:
        """One more call was answered with this code."""
        self._duration.observe(seconds)
        counter = self._by_code.get(code)
        if counter is None:
            counter = self._by_code[code] = self._calls.labels(self._name, code)
        counter.inc()


class Meters:
    """A meter for each name under which calls come in; it is looked up once, too."""

    def __init__(self, registry: CollectorRegistry, calls: Metric, duration: Metric) -> None:
        self._calls = counter_of(registry, calls)
        self._duration = Histogram(
            duration.name, duration.says, duration.labels, buckets=BUCKETS, registry=registry
        )
        self._by_name: dict[str, Meter] = {}

    def of(self, name: str) -> Meter:
        """The meter of this name."""
        meter = self._by_name.get(name)
        if meter is None:
            meter = self._by_name[name] = Meter(self._calls, self._duration, name)
        return meter


def counter_of(registry: CollectorRegistry, metric: Metric) -> Counter:
    """What counts a declared metric."""
    return Counter(metric.name, metric.says, metric.labels, registry=registry)


class Metrics:
    """What one process counts, and how far its consumers are."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.lags = Lags()
        self.rpcs = Meters(self.registry, RPC_CALLS, RPC_DURATION)
        self.relayed = counter_of(self.registry, RELAYED)
        self.consumed = counter_of(self.registry, CONSUMED)
        self.messages = counter_of(self.registry, MESSAGES)
        # What a kernel of this service asks of the database beside the chassis: SELECTs of the
        # columns of `gauges`.
        self.looks: set[str] = set()
