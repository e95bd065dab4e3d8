"""Whether a copy is quiet: nothing on its way, nothing due. Domain time moves only then.

Light enough to ask many times a day: the database that stirred last is asked first, and alone until
it is calm; then one statement per database, and one look at the ends of the topics. Every account
is checked once, at the end, by `estafet audit`.
"""

import sys
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import psycopg
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError
from psycopg.rows import dict_row

from services.chassis import catalogue
from services.chassis.clock import Clock
from services.cli.consumers import reactions_classes
from services.cli.demo.door import DemoFailed
from services.cli.environment import settings_of

LOOK_SECONDS = 0.02
PATIENCE_SECONDS, SAY_SECONDS = 600.0, 15.0

_STATE = """
    SELECT EXISTS (SELECT FROM outbox) AS unsent,
           (SELECT min(due_at) FROM timer) AS next_due,
           EXISTS (SELECT FROM parked WHERE retry_at IS NOT NULL) AS waiting,
           (SELECT topic || ' ' || key || ' ' || seq || ' at ' || consumer || ': ' || error
            FROM parked WHERE retry_at IS NULL AND reason <> 'behind' LIMIT 1) AS stuck,
           (SELECT json_agg(p) FROM (
                SELECT consumer, topic, sum(next_offset) AS read
                FROM position GROUP BY consumer, topic
            ) p) AS positions
"""

# How many records each topic has: nobody reads further, so sums over partitions can be compared.
Ends = Mapping[str, int]


class Quiet:
    """Looks at the databases and the topics as `auditor`, and waits."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._consumers = list(reactions_classes())
        # Nobody acts by what the read side knows: it is waited for at the end only.
        self._services = list(catalogue.deputies())
        self._stirred = self._services[0]
        self._next_due: dict[str, datetime | None] = {}
        self._databases: dict[str, psycopg.Connection[dict[str, Any]]] = {}
        self._topics: Any = None
        self._ends: Ends = {}
        self.why = ""

    def close(self) -> None:
        for connection in self._databases.values():
            connection.close()
        if self._topics is not None:
            self._topics.close()

    def wait_for_clocks(self) -> None:
        """Wait only if a clock has run out since all was quiet: nothing else moves by itself."""
        now = self._clock.now()
        if any(due is not None and due <= now for due in self._next_due.values()):
            self.wait()

    def wait_for_all(self) -> None:
        """Wait for the read side, too."""
        self._services = list(catalogue.services())
        self.wait()

    def wait(self) -> None:
        """Return once the deputies are quiet; DemoFailed if a record is stuck or it takes too
        long."""
        started = said = time.monotonic()
        while not self._is_quiet():
            now = time.monotonic()
            if now - started > PATIENCE_SECONDS:
                raise DemoFailed(f"not quiet for {PATIENCE_SECONDS:.0f} s: {self.why}")
            if now - said > SAY_SECONDS:
                said = now
                print(f"not quiet for {now - started:.0f} s: {self.why}", file=sys.stderr)
            time.sleep(LOOK_SECONDS)

    def _is_quiet(self) -> bool:
        try:
            return self._look()
        except (psycopg.OperationalError, KafkaError, OSError) as error:
            self.why = f"{type(error).__name__}"
            self.close()
            self._databases.clear()
            self._topics = None
            return False

    def _look(self) -> bool:
        """A database that was calm, and whose consumers have read to where the topics end when all
        were asked, has been calm since: only a record beyond those ends would have stirred it."""
        read = dict[tuple[str, str], int]()
        for service in sorted(self._services, key=lambda each: each != self._stirred):
            state = self._state(service)
            read |= {(p["consumer"], p["topic"]): int(p["read"]) for p in state["positions"] or ()}
            if self._stirs(service, state) or self._is_behind(service, read):
                self._stirred = service
                return False
        self._ends = self._asked_ends()
        for service in self._services:
            if self._is_behind(service, read):
                self._stirred = service
                return False
        return True

    def _stirs(self, service: str, state: Mapping[str, Any]) -> bool:
        """Whether a database has something to send, to do or to retry."""
        if state["stuck"]:
            raise DemoFailed(f"{service} has parked a record: {state['stuck']}")
        self._next_due[service] = state["next_due"]
        now = self._clock.now()  # after the look: a clock that it saw may be due at once
        is_due = state["next_due"] is not None and state["next_due"] <= now
        found = {"unsent": state["unsent"], "due": is_due, "waiting": state["waiting"]}
        self.why = f"{service}: {', '.join(what for what, is_so in found.items() if is_so)}"
        return any(found.values())

    def _is_behind(self, service: str, read: Mapping[tuple[str, str], int]) -> bool:
        """Whether a consumer of a service has not read to the ends that were seen last."""
        for consumer in self._consumers:
            if consumer.service != service:
                continue
            for topic in consumer.topics:
                if read.get((consumer.name, topic), 0) < self._ends.get(topic, 0):
                    self.why = f"{consumer.name} reads {topic}"
                    return True
        return False

    def _state(self, service: str) -> dict[str, Any]:
        if service not in self._databases:
            url = settings_of(service).database_url(service, "auditor")
            self._databases[service] = psycopg.connect(
                url.replace("+psycopg", ""), autocommit=True, row_factory=dict_row
            )
        found = self._databases[service].execute(_STATE).fetchone()
        return found or {}

    def _asked_ends(self) -> Ends:
        if self._topics is None:
            self._topics = KafkaConsumer(
                **settings_of("auditor").kafka("auditor"),
                group_id=None,
                enable_auto_commit=False,
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )
            topics = {topic for consumer in self._consumers for topic in consumer.topics}
            if missing := [each for each in topics if not self._topics.partitions_for_topic(each)]:
                raise KafkaError(f"the broker tells no partitions of {min(missing)}")
            self._partitions = [
                TopicPartition(topic, number)
                for topic in sorted(topics)
                for number in sorted(self._topics.partitions_for_topic(topic) or ())
            ]
        ends = dict[str, int]()
        for at, offset in self._topics.end_offsets(self._partitions).items():
            ends[at.topic] = ends.get(at.topic, 0) + offset
        return ends
