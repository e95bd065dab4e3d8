"""`python -m tests.bench.peers.reactions_faststream`: the same effects with FastStream, as its
pages show it: a decoder for protobuf, a session for every message by dependency, one commit each.

Offsets are committed by its default policy, in the background, and nothing is traced: both are in
its favour.
"""

import asyncio
import json
import logging
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated

import sqlalchemy as sa
import uuid6
from estafet.complaint.v1.events_pb2 import ComplaintTriaged
from faststream import Depends, FastStream
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.security import SASLScram512
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from services.chassis.outbox import shard_of
from services.chassis.settings import Settings
from tests.bench.effects import SERVICE, TOPIC, Effect, answer_to
from tests.bench.peers.reactions_loop import NAME, OUT, envelope

# A message that was seen before moves nothing, and its handler ends there.
NEXT = sa.text(
    """
    INSERT INTO progress AS p (consumer, topic, key, first_seq, done_seq, last_id)
    VALUES (:consumer, :topic, :key, 1, :seq, :id)
    ON CONFLICT (consumer, topic, key) DO UPDATE
    SET done_seq = excluded.done_seq, last_id = excluded.last_id
    WHERE p.done_seq = excluded.done_seq - 1
    RETURNING done_seq
    """
)
APPEND = sa.text(
    """
    WITH head AS (
        INSERT INTO stream_head AS h (topic, key, seq) VALUES (:topic, :key, 1)
        ON CONFLICT (topic, key) DO UPDATE SET seq = h.seq + 1
        RETURNING h.seq
    )
    INSERT INTO outbox (shard, topic, key, seq, headers, payload)
    SELECT :shard, :topic, :key, seq, CAST(:headers AS jsonb), :payload FROM head
    """
)

_options = json.loads(os.environ["BENCH_KAFKA"])
broker = KafkaBroker(
    _options["bootstrap_servers"],
    security=SASLScram512(_options["sasl_plain_username"], _options["sasl_plain_password"]),
    log_level=logging.DEBUG,  # or it writes two lines for every message
)
app = FastStream(broker)
sessions = async_sessionmaker(
    create_async_engine(Settings().database_url(SERVICE), pool_size=4), expire_on_commit=False
)


async def decode(message: KafkaMessage) -> ComplaintTriaged:
    """The event of a message."""
    return ComplaintTriaged.FromString(message.body)


async def session() -> AsyncIterator[AsyncSession]:
    """One transaction for every message."""
    async with sessions.begin() as opened:
        yield opened


@broker.subscriber(
    TOPIC, group_id=os.environ["BENCH_GROUP"], auto_offset_reset="earliest", decoder=decode
)
async def note(
    event: ComplaintTriaged,
    session: Annotated[AsyncSession, Depends(session)],
    message: KafkaMessage,
) -> None:
    """Write a row for a message, and an event that tells of it."""
    headers = {name: str(value) for name, value in message.headers.items()}
    seen = {
        "consumer": NAME,
        "topic": TOPIC,
        "key": event.complaint_id,
        "seq": int(headers["ce_sequence"]),
        "id": headers["ce_id"],
    }
    if (await session.execute(NEXT, seen)).scalar_one_or_none() is None:
        return
    now = datetime.now(UTC)
    session.add(Effect(str(uuid6.uuid7()), event.complaint_id, event.category, event.severity, now))
    answer = answer_to(event)
    row = {
        "shard": shard_of(answer.case_id),
        "topic": OUT,
        "key": answer.case_id,
        "headers": json.dumps(envelope(answer, headers, now)),
        "payload": answer.SerializeToString(),
    }
    await session.execute(APPEND, row)


if __name__ == "__main__":
    asyncio.run(app.run())
