"""`@sends`: the deliverer of partner streams, one thread that brings numbered rows to Kafka.

For each topic whose lease it has: read what is not sent, have the method seal each row (which asks
the owners of what is personal, outside any transaction), send, await every acknowledgement, mark.
The lease is a lock of the database's session, so it ends with the process that has it. A takeover
may send rows again under the same numbers, and never changes the order of first occurrences.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from kafka.errors import KafkaError
from nameko.extensions import Entrypoint, SharedExtension, register_entrypoint
from opentelemetry.trace import SpanKind

from services.chassis import failpoints, telemetry, trouble
from services.chassis.clock import monotonic
from services.chassis.errors import Unavailable
from services.chassis.identity import Caller
from services.chassis.logs import describe
from services.chassis.producer import ProducerInUse
from services.chassis.runtime import Runtime, Work
from services.chassis.statuses import is_down
from services.chassis.turns import DOWN_SECONDS, Turns
from services.exchange.sealing import Row

log = logging.getLogger(__name__)
ROWS = 100
SHORTEST_WAIT, IDLE_SECONDS = 0.01, 0.2
LEASE_SECONDS = 1.0
AWAIT_SECONDS = 30.0
LOCK_SPACE = 0x7061  # "pa": apart from the other advisory locks

F = TypeVar("F", bound=Callable[..., Any])

_TOPICS = sa.text(
    """
    SELECT topic FROM partner_stream s WHERE EXISTS (
        SELECT FROM partner_news n WHERE n.topic = s.topic AND n.sent_at IS NULL
    ) ORDER BY topic
    """
)
_TAKE_LEASE = sa.text("SELECT pg_try_advisory_lock(:space, hashtext(:topic))")
_UNSENT = sa.text(
    """
    SELECT topic, number, type, payload, happened_at, journey_id, traceparent, replayed
    FROM partner_news WHERE topic = :topic AND sent_at IS NULL ORDER BY number LIMIT :rows
    """
)
_MARK = sa.text(
    """
    UPDATE partner_news SET sent_at = now()
    WHERE topic = :topic AND number = ANY(CAST(:numbers AS bigint[]))
    """
)


class Deliverer(SharedExtension):
    """The thread, its lease and its producer."""

    def __init__(self) -> None:
        super().__init__()
        self._turns = Turns(
            self._take_turn,
            self._fail,
            shortest=SHORTEST_WAIT,
            longest=IDLE_SECONDS,
            ended=self._start_anew,
        )
        self._connection: sa.Connection | None = None
        self._leases: set[str] = set()
        self._ask_again: dict[str, float] = {}

    def add(self, entrypoint: "Sends") -> None:
        """Have a method seal the rows."""
        self._sends = entrypoint

    def start(self) -> None:
        self._runtime: Runtime = self.container.runtime
        self._producer = ProducerInUse(self._runtime, "deliverer")
        name = f"{self.container.service_name}.deliverer"
        self._beat = self._runtime.beats.of(name)
        self._turns.start(name)

    def stop(self) -> None:
        self._turns.stop()

    def _take_turn(self) -> int:
        sent = self._turn()
        self._beat.turned()
        return sent

    def _fail(self, error: Exception) -> None:
        trouble.tell(log, "deliverer tries again", error)
        self._start_anew()

    def _turn(self) -> int:
        """Send some rows of every topic that has any; how many."""
        topics = [row.topic for row in self._database().execute(_TOPICS)]
        return sum(self._deliver(topic) for topic in topics if self._has_lease(topic))

    def _database(self) -> sa.Connection:
        """One connection for all: without it there is no lease, and nothing can be marked."""
        if self._connection is None:
            connection = self._runtime.engine.connect()
            self._connection = connection.execution_options(isolation_level="AUTOCOMMIT")
        return self._connection

    def _has_lease(self, topic: str) -> bool:
        if topic in self._leases:
            return True
        if monotonic() < self._ask_again.get(topic, 0.0):
            return False
        values = {"space": LOCK_SPACE, "topic": topic}
        if self._database().execute(_TAKE_LEASE, values).scalar_one():
            self._leases.add(topic)
            return True
        self._ask_again[topic] = monotonic() + LEASE_SECONDS
        return False

    def _deliver(self, topic: str) -> int:
        """What was sealed before an owner went away is sent; the rest waits for it, in order."""
        if monotonic() < self._ask_again.get(topic, 0.0):
            return 0
        found = self._database().execute(_UNSENT, {"topic": topic, "rows": ROWS})
        rows = [Row(**row) for row in found.mappings()]
        sent = []
        held: Exception | None = None
        try:
            for row in rows:
                if self._turns.is_stopping():
                    break
                sent.append((row, self._sends.send(row, self._put)))
                self._beat.turned()
        except Exception as error:
            if is_down(error):
                raise
            held = error
        self._mark(topic, sent)
        if held is not None:
            self._hold(topic, held)
        return len(sent)

    def _hold(self, topic: str, error: Exception) -> None:
        """One ministry's topic waits, an owner's absence or a fault of ours; the others go on."""
        fields = {"topic": topic, "error": describe(error)}
        if isinstance(error, (Unavailable, KafkaError)):
            log.warning("delivery waits", extra=fields)
        else:
            log.error("alarm: delivery stands still", extra=fields, exc_info=error)
        self._ask_again[topic] = monotonic() + DOWN_SECONDS
        if isinstance(error, KafkaError):
            self._producer.give_up()

    def _put(self, row: Row, told: bytes) -> Any:
        headers = [("content-type", b"application/cloudevents+json; charset=UTF-8")]
        headers += [(name, text.encode()) for name, text in telemetry.carried().items()]
        if row.replayed:
            headers.append(("replayed", b"true"))
        failpoints.reach("deliver.before_send")
        return self._producer.ready().send(row.topic, told, headers=headers)

    def _mark(self, topic: str, sent: Sequence[tuple[Row, Any]]) -> None:
        if not sent:
            return
        deadline = monotonic() + AWAIT_SECONDS
        for _, future in sent:
            future.get(timeout=max(0.001, deadline - monotonic()))
        failpoints.reach("deliver.after_ack")
        numbers = [row.number for row, _ in sent]
        self._database().execute(_MARK, {"topic": topic, "numbers": numbers})

    def _start_anew(self) -> None:
        """Give up the lease with its connection, and the producer."""
        self._leases.clear()
        self._producer.give_up()
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            # The pool would keep the session, and with it the lock.
            connection.invalidate()
            connection.close()
        except Exception as error:  # noqa: BLE001 - what is broken may fail to close
            log.warning("connection did not close", extra={"error": describe(error)})


class Sends(Entrypoint):
    """Runs its method for each row that is to be sent."""

    deliverer = Deliverer()

    def setup(self) -> None:
        service = self.container.runtime.service
        self._caller = Caller.of_service(service)
        self._span_name = f"{service} {self.method_name}"
        self.deliverer.add(self)

    def send(self, row: Row, put: Callable[[Row, bytes], Any]) -> Any:
        """What `put` makes of the sealed row. It goes on in the trace that wrote the row; what is
        sent again begins one that links back."""
        work = Work(name=self.method_name, caller=self._caller, journey_id=row.journey_id)
        cause = {telemetry.PARENT: row.traceparent}
        fields = {"messaging.destination.name": row.topic}
        with (
            telemetry.linked(self._span_name, SpanKind.PRODUCER, [cause], **fields)
            if row.replayed
            else telemetry.child(self._span_name, SpanKind.PRODUCER, cause, **fields)
        ) as span:
            try:
                return put(row, self.container.run_worker(self, (row,), work))
            except Exception as error:
                telemetry.failed(span, type(error).__name__)
                raise


def sends(method: F) -> F:
    """Run the method for every row of a ministry's topics; it returns what is sent."""
    register_entrypoint(method, Sends())
    return method
