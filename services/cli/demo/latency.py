"""How long an offered matter takes from the HTTP answer to protection's queue, in real time.

Start: the instant at which the driver has the answer of the offer's command. End: the commit of
the transaction that wrote the offer into protection's database, as PostgreSQL noted it
(track_commit_timestamp): the row is in the queue from then on. PostgreSQL takes that instant just
before it flushes the commit, so the true figure is later by one flush (a millisecond or two). Both
are of one machine's clock. A row that was there before the driver had its answer counts as 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from statistics import quantiles
from typing import Any

import psycopg

from services.cli.environment import settings_of

_ARRIVED = """
    SELECT matter_id, offer_no, extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8
    FROM offer WHERE matter_id = ANY(%s) AND state = 'offered' AND reply = ''
"""


@cache
def _url() -> str:
    url = settings_of("protection").database_url("protection", "auditor")
    return url.replace("+psycopg", "")


@dataclass
class Latency:
    """Seconds per offer; collected once a day, before anybody answers one of its offers."""

    seconds: dict[tuple[str, int], float] = field(default_factory=dict)
    unmeasured: set[tuple[str, int]] = field(default_factory=set)
    _database: psycopg.Connection[Any] | None = None

    def collect(self, offered_at: Mapping[tuple[str, int], float]) -> None:
        """Take up the offers that were made since the last time; none while PostgreSQL restarts."""
        new = offered_at.keys() - self.seconds.keys() - self.unmeasured
        if not new:
            return
        for matter_id, offer_no, arrived_at in self._arrived([matter_id for matter_id, _ in new]):
            offer = str(matter_id), int(offer_no)
            if offer in offered_at and offer not in self.seconds:
                self.seconds[offer] = max(0.0, float(arrived_at) - offered_at[offer])
        self.unmeasured |= new - self.seconds.keys()

    def close(self) -> None:
        """Give the connection back."""
        database, self._database = self._database, None
        if database is not None:
            database.close()

    def _arrived(self, matter_ids: Sequence[str]) -> Sequence[Any]:
        try:
            if self._database is None:
                self._database = psycopg.connect(_url(), autocommit=True)
            return self._database.execute(_ARRIVED, (matter_ids,)).fetchall()
        except psycopg.Error:
            self.close()
            return ()

    def percentiles(self) -> dict[int, float]:
        """p50, p95 and p99 in seconds; empty when fewer than two offers were measured."""
        if len(self.seconds) < 2:
            return {}
        cuts = quantiles(self.seconds.values(), n=100, method="inclusive")
        return {p: cuts[p - 1] for p in (50, 95, 99)}
