"""What every service answers about itself beside its own rpcs, for who operates them all."""

from typing import Any

import sqlalchemy as sa
from estafet.chassis.v1 import operations_pb2 as pb

from services.chassis.instants import timestamp
from services.chassis.rpc import rpc
from services.chassis.unit_of_work import Database

MOST_KEYS = 200

_PARKED = sa.text(
    """
    SELECT *, count(*) OVER () AS total
    FROM (
        SELECT DISTINCT ON (consumer, topic, key)
            consumer, topic, key, seq, reason, attempts, parked_at, retry_at,
            count(*) OVER (PARTITION BY consumer, topic, key) AS records
        FROM parked ORDER BY consumer, topic, key, seq
    ) first
    ORDER BY parked_at, consumer, topic, key LIMIT :most
    """
)


class Operations:
    """The rpcs of OperationsService, for any api class to inherit."""

    uow = Database()

    @rpc
    def ReadParked(self, _request: pb.ReadParkedRequest) -> pb.ReadParkedResponse:  # noqa: N802 - the rpc's
        found = self.uow.session.execute(_PARKED, {"most": MOST_KEYS}).all()
        total = found[0].total if found else 0
        return pb.ReadParkedResponse(keys=[_key(row) for row in found], total=total)


def with_operations(api: type) -> type:
    """An api class that answers these rpcs, too."""
    return type(api.__name__, (api, Operations), {})


def _key(row: Any) -> pb.ParkedKey:
    return pb.ParkedKey(
        consumer=row.consumer,
        topic=row.topic,
        key=row.key,
        first=row.seq,
        records=row.records,
        reason=row.reason,
        attempts=row.attempts,
        parked_at=timestamp(row.parked_at),
        retry_at=timestamp(row.retry_at),
    )
