"""Whether a copy is quiet: nothing on its way, nothing due. Domain time moves only then.

Light enough to ask many times a day: one statement per database and two looks at the ends of the
topics. Every account is checked once, at the end, by `estafet audit`.
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

LOOK_SECONDS = 0.03
PATIENCE_SECONDS, SAY_SECONDS = 600.0, 15.0

_STATE = """
    SELECT (SELECT count(*) FROM outbox) AS unsent,
           (SELECT count(*) FROM timer WHERE due_at <= %(now)s) AS due,
           (SELECT count(*) FROM parked WHERE retry_at IS NOT NULL) AS waiting,
           (SELECT topic || ' ' || key || ' ' || seq || ' at ' || consumer || ': ' || error
            FROM parked WHERE retry_at IS NULL AND reason <> 'behind' LIMIT 1) AS stuck,
           (SELECT json_agg(p) FROM position p) AS positions
"""

Ends = Mapping[tuple[str, int], int]


class Quiet:
    """Looks at the databases and the topics as `auditor`, and waits."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._services = sorted({consumer.service for consumer in reactions_classes()})
        self._consumers = list(reactions_classes())
        self._databases: dict[str, psycopg.Connection[dict[str, Any]]] = {}
        self._topics: Any = None
        self.why = ""

    def close(self) -> None:
        for connection in self._databases.values():
            connection.close()
        if self._topics is not None:
            self._topics.close()

    def wait(self) -> None:
        """Return once everything is quiet; DemoFailed if a record is stuck or it takes too long."""
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
        """The ends are asked for only once the databases look calm: that costs more.

        The databases are read between two looks at the ends: an outbox row that is sent between
        the looks at two databases shows in the second.
        """
        now = self._clock.now()
        if any(self._stirs(service, self._state(service, now)) for service in self._services):
            return False
        ends = self._ends()
        for service in self._services:
            state = self._state(service, now)
            if self._stirs(service, state) or self._is_behind(service, state, ends):
                return False
        self.why = "records arrive"
        return self._ends() == ends

    def _stirs(self, service: str, state: Mapping[str, Any]) -> bool:
        """Whether a database has something to send, to do or to retry."""
        if state["stuck"]:
            raise DemoFailed(f"{service} has parked a record: {state['stuck']}")
        waiting = [what for what in ("unsent", "due", "waiting") if state[what]]
        self.why = f"{service}: {', '.join(waiting)}"
        return bool(waiting)

    def _is_behind(self, service: str, state: Mapping[str, Any], ends: Ends) -> bool:
        """Whether a consumer of a service has not read a topic to its end."""
        read = {(p["consumer"], p["topic"], p["partition"]): p for p in state["positions"] or ()}
        for consumer in self._consumers:
            if consumer.service != service:
                continue
            for (topic, number), end in ends.items():
                position = read.get((consumer.name, topic, number), {"next_offset": -1})
                if topic in consumer.topics and position["next_offset"] < end:
                    self.why = f"{consumer.name} reads {topic}"
                    return True
        return False

    def _state(self, service: str, now: datetime) -> dict[str, Any]:
        if service not in self._databases:
            url = settings_of(service).database_url(service, "auditor")
            self._databases[service] = psycopg.connect(
                url.replace("+psycopg", ""), autocommit=True, row_factory=dict_row
            )
        found = self._databases[service].execute(_STATE, {"now": now}).fetchone()
        return found or {}

    def _ends(self) -> Ends:
        if self._topics is None:
            self._topics = KafkaConsumer(
                **settings_of("auditor").kafka("auditor"),
                group_id=None,
                enable_auto_commit=False,
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )
            self._partitions = [
                TopicPartition(topic, number)
                for topic in catalogue.topics(catalogue.deputies())
                for number in sorted(self._topics.partitions_for_topic(topic) or ())
            ]
        found = self._topics.end_offsets(self._partitions)
        return {(at.topic, at.partition): offset for at, offset in found.items()}
