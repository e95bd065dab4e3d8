"""What is read only when somebody asks for it: loops, consumers, the pool and the database.

The database is asked once for all of them, by one statement on a thread of its own: an answer
never waits for it for longer than a second. Whether the process has the api, reactions or the
relay, it tells the same of its database: who stands still does not say so himself.
"""

import logging
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.pool import QueuePool

from services.chassis.logs import describe
from services.chassis.metrics import (
    CLOCK_OVERDUE,
    CONSUMER_AGE,
    CONSUMER_LAG,
    CONSUMER_STOPPED,
    DATABASE_CONNECTIONS,
    DATABASE_CONNECTIONS_LIMIT,
    DATABASE_UP,
    DECLARED,
    OUTBOX_AGE,
    OUTBOX_HELD,
    OUTBOX_ROWS,
    PARKED_KEYS,
    PART_SILENT,
    Kind,
    Metric,
)
from services.chassis.outbox import BACKLOG, BACKLOG_ROWS
from services.chassis.progress import Parking
from services.chassis.runtime import MORE_LINKS, Runtime

log = logging.getLogger(__name__)
ANSWER_SECONDS = 1.0

_LIMIT = sa.text("SELECT set_config('statement_timeout', '900', true)")
# Records behind a parked one say nothing of their own.
_REASONS = [reason.value for reason in Parking if reason is not Parking.BEHIND]
_LOOK = f"""
    WITH backlog AS MATERIALIZED ({BACKLOG}),
    heard AS MATERIALIZED (SELECT DISTINCT consumer FROM position)
    SELECT '{OUTBOX_ROWS.name}' AS name, '' AS consumer, '' AS reason, rows AS value FROM backlog
    UNION ALL SELECT '{OUTBOX_AGE.name}', '', '', oldest FROM backlog
    UNION ALL SELECT '{OUTBOX_HELD.name}', '', '', count(*) FROM outbox_held
    UNION ALL SELECT '{CLOCK_OVERDUE.name}', '', '',
        greatest(0, extract(epoch FROM CAST(:now AS timestamptz) - min(due_at))) FROM timer
    UNION ALL SELECT '{CONSUMER_STOPPED.name}', consumer, '', count(s.consumer)
        FROM heard LEFT JOIN consumer_stopped s USING (consumer) GROUP BY consumer
    UNION ALL SELECT '{PARKED_KEYS.name}', consumer, reason,
            count(DISTINCT (k.topic, k.key)) FILTER (WHERE k.key IS NOT NULL)
        FROM heard CROSS JOIN unnest(CAST(:reasons AS text[])) AS why (reason)
        LEFT JOIN parked k USING (consumer, reason) GROUP BY consumer, reason
    """

# A metric, the values of its labels, and its own.
Reading = tuple[Metric, tuple[str, ...], float]
_BY_NAME = {metric.name: metric for metric in DECLARED}


class DatabaseLook:
    """What the database says of its service, or that it says nothing."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._one_asks = threading.Lock()
        self._looking = threading.Thread()
        self._found: Sequence[Reading] | None = None

    def readings(self) -> Sequence[Reading]:
        """All of it within a second, or nothing: what was true before is not told again."""
        with self._one_asks:
            if not self._looking.is_alive():
                self._found = None
                self._looking = threading.Thread(target=self._look, name="gauges", daemon=True)
                self._looking.start()
            self._looking.join(ANSWER_SECONDS)
            found = None if self._looking.is_alive() else self._found
        return [(DATABASE_UP, (), 0.0)] if found is None else [(DATABASE_UP, (), 1.0), *found]

    def _look(self) -> None:
        values = {"most": BACKLOG_ROWS, "now": self._runtime.clock.now(), "reasons": _REASONS}
        look = sa.text(" UNION ALL ".join((_LOOK, *self._runtime.metrics.looks)))
        try:
            with self._runtime.engine.begin() as connection:
                connection.execute(_LIMIT)
                rows = connection.execute(look, values).all()
        except Exception as error:  # noqa: BLE001 - whatever it is: the database was not read
            log.warning("metrics lack the database", extra={"error": describe(error)})
            return
        self._found = [
            (metric, tuple(getattr(row, label) for label in metric.labels), float(row.value))
            for row in rows
            for metric in (_BY_NAME[row.name],)
        ]


class Gauges(Collector):
    """Every gauge that is declared, with what there is to say of it now."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._database = DatabaseLook(runtime)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Read everything anew."""
        found: dict[Metric, list[tuple[tuple[str, ...], float]]] = defaultdict(list)
        for metric, labels, value in (*self._of_process(), *self._database.readings()):
            found[metric].append((labels, value))
        for metric in DECLARED:
            if metric.kind is Kind.GAUGE:
                family = GaugeMetricFamily(metric.name, metric.says, labels=metric.labels)
                for labels, value in found[metric]:
                    family.add_metric(labels, value)
                yield family

    def _of_process(self) -> Iterator[Reading]:
        for part, seconds in self._runtime.beats.silent_seconds().items():
            yield PART_SILENT, (part,), seconds
        for consumer, lag in list(self._runtime.metrics.lags.of.items()):
            yield CONSUMER_LAG, (consumer,), lag.records()
            yield CONSUMER_AGE, (consumer,), lag.seconds()
        pool = self._runtime.engine.pool
        if isinstance(pool, QueuePool):
            yield DATABASE_CONNECTIONS, (), pool.checkedout()
            yield DATABASE_CONNECTIONS_LIMIT, (), self._runtime.settings.database_pool + MORE_LINKS
