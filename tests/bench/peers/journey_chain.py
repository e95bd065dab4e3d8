"""`python -m tests.bench.peers.journey_chain door|taker|giver`: the journey of an accepted offer,
written by hand, with the commits that it has with us and nothing besides.

door: HTTP (FastAPI) → gRPC. taker: the command stores itself, a pending case and a reply in one
transaction. giver: the reply makes the taker the holder, in one transaction with the record that
says so. taker: that record opens the case, in one transaction with an event. Each has an outbox
whose relay is told of every commit, and a consumer that keeps progress and offsets in its database.

With BENCH_FULL it also checks the caller's token and makes a span of every step, each the parent of
the next across processes, as we do.
"""

import json
import os
import signal
import sys
import threading
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from typing import Any

import grpc
import psycopg
import uvicorn
from estafet.handover.v1.custody_pb2 import HandoverAccepted
from estafet.handover.v1.reply_pb2 import HandoverReply
from estafet.protection.v1.events_pb2 import CaseOpened
from estafet.protection.v1.service_pb2 import AcceptOfferRequest, AcceptOfferResponse
from fastapi import FastAPI, Request
from google.protobuf.message import Message
from kafka import KafkaConsumer, KafkaProducer
from opentelemetry import propagate
from opentelemetry.trace import SpanKind

from services.chassis import kafka_race
from tests.bench.peers.common import Tokens, a_tracer, read_on

REPLIES, CUSTODY, CASES = TOPICS = ("bench.replies", "bench.custody", "bench.cases")
ACCEPT = "/bench.Taker/AcceptOffer"
SECOND_LOOK = 0.25

# The tables of both sides; those of the chassis are made like its own.
MAKE = """
CREATE SCHEMA bench;
CREATE TABLE bench.outbox (LIKE public.outbox INCLUDING ALL);
CREATE TABLE bench.stream_head (LIKE public.stream_head INCLUDING ALL);
CREATE TABLE bench.progress (LIKE public.progress INCLUDING ALL);
CREATE TABLE bench.position (LIKE public.position INCLUDING ALL);
CREATE TABLE bench.command_log (LIKE public.command_log INCLUDING ALL);
CREATE TABLE bench.matter (matter_id text PRIMARY KEY, holder text NOT NULL, custody_no bigint);
CREATE TABLE bench.filed (case_id text PRIMARY KEY, matter_id text UNIQUE, status text NOT NULL);
GRANT USAGE ON SCHEMA bench TO PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA bench TO PUBLIC;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA bench TO PUBLIC;
"""

LOG = """
INSERT INTO command_log (caller, rpc, request_id, request_hash, answer)
VALUES ('officer', 'AcceptOffer', %s, ''::bytea, %s) ON CONFLICT DO NOTHING
"""
OFFERED = "SELECT holder FROM matter WHERE matter_id = %s FOR UPDATE"
PEND = "INSERT INTO filed (case_id, matter_id, status) VALUES (%s, %s, 'pending')"
OPEN = "UPDATE filed SET status = 'open' WHERE matter_id = %s RETURNING case_id"
HOLD = """
UPDATE matter SET holder = %s, custody_no = custody_no + 1 WHERE matter_id = %s
RETURNING custody_no
"""
APPEND = """
WITH head AS (
    INSERT INTO stream_head AS h (topic, key, seq) VALUES (%(topic)s, %(key)s, 1)
    ON CONFLICT (topic, key) DO UPDATE SET seq = h.seq + 1
    RETURNING h.seq
)
INSERT INTO outbox (shard, topic, key, seq, headers, payload)
SELECT 0, %(topic)s, %(key)s, seq, %(headers)s, %(payload)s FROM head
"""
CLAIM = """
SELECT position, topic, key, headers, payload FROM outbox
WHERE shard = 0 ORDER BY position LIMIT 500 FOR UPDATE SKIP LOCKED
"""
SENT = "DELETE FROM outbox WHERE shard = 0 AND position = ANY(%s)"
PROGRESS = """
INSERT INTO progress AS p (consumer, topic, key, first_seq, done_seq, last_id)
VALUES ('bench', %s, %s, 1, 1, %s)
ON CONFLICT (consumer, topic, key)
DO UPDATE SET done_seq = p.done_seq + 1, last_id = excluded.last_id
"""
OFFSET = """
INSERT INTO position (consumer, topic, partition, next_offset) VALUES ('bench', %s, %s, %s)
ON CONFLICT (consumer, topic, partition) DO UPDATE SET next_offset = excluded.next_offset
"""

OFFSETS = "SELECT partition, next_offset FROM position WHERE topic = %s"

Connection = psycopg.Connection[Any]
React = Callable[[Connection, bytes], None]
Spans = Callable[[str, SpanKind, Mapping[str, str]], AbstractContextManager[object]]


def is_full() -> bool:
    """Whether tokens are checked and spans made."""
    return "BENCH_FULL" in os.environ


def spans() -> Spans:
    """What makes the span of a step from the headers that it came with."""
    if not is_full():
        return lambda *_: nullcontext()
    tracer = a_tracer()

    def span(name: str, kind: SpanKind, headers: Mapping[str, str]) -> Any:
        return tracer.start_as_current_span(name, propagate.extract(headers), kind)

    return span


class Side:
    """What both sides have: a database, an outbox with its relay, a consumer."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.committed = threading.Event()
        self.span = spans()
        self._kafka: Mapping[str, Any] = json.loads(os.environ["BENCH_KAFKA"])

    def connect(self) -> Connection:
        """One more connection; each thread has its own."""
        options = "-c search_path=bench"
        return psycopg.connect(os.environ["BENCH_DSN"], autocommit=True, options=options)

    def append(self, connection: Connection, topic: str, key: str, event: Message) -> None:
        """Store an event in the transaction under way."""
        headers = {"ce_id": str(uuid.uuid4()), "ce_type": event.DESCRIPTOR.full_name}
        propagate.inject(headers)
        row = {
            "topic": topic,
            "key": key,
            "headers": json.dumps(headers),
            "payload": event.SerializeToString(),
        }
        connection.execute(APPEND, row)

    def relay(self) -> None:
        """Send what is stored, and delete what the broker has acknowledged."""
        producer = KafkaProducer(**self._kafka, acks="all", enable_idempotence=True, linger_ms=0)
        with self.connect() as connection:
            while not self.stopping.is_set():
                self.committed.wait(SECOND_LOOK)
                self.committed.clear()
                with connection.transaction():
                    rows = connection.execute(CLAIM).fetchall()
                    sent = [
                        producer.send(
                            topic,
                            key=key.encode(),
                            value=bytes(payload),
                            headers=[(name, value.encode()) for name, value in headers.items()],
                        )
                        for _, topic, key, headers, payload in rows
                    ]
                    for each in sent:
                        each.get(30)
                    if rows:
                        connection.execute(SENT, ([row[0] for row in rows],))
        producer.close()

    def consume(self, topic: str, react: React) -> None:
        """Have every record of a topic run once, each in a transaction of its own."""
        consumer = KafkaConsumer(**self._kafka, enable_auto_commit=False)
        with self.connect() as connection:
            read_on(consumer, topic, dict(connection.execute(OFFSETS, (topic,)).fetchall()))
            while not self.stopping.is_set():
                polled = consumer.poll(timeout_ms=100)
                for record in (record for records in polled.values() for record in records):
                    self._run(connection, record, react)
        consumer.close(autocommit=False)

    def _run(self, connection: Connection, record: Any, react: React) -> None:
        headers = {name: value.decode() for name, value in record.headers}
        with (
            self.span("peer reaction", SpanKind.CONSUMER, headers),
            connection.transaction(),
        ):
            key = record.key.decode()
            connection.execute(PROGRESS, (record.topic, key, headers["ce_id"]))
            react(connection, record.value)
            connection.execute(OFFSET, (record.topic, record.partition, record.offset + 1))
        self.committed.set()

    def run(self, topic: str, react: React) -> None:
        """Relay and consumer, until SIGTERM."""
        signal.signal(signal.SIGTERM, lambda *_: self.stopping.set())
        threads = [
            threading.Thread(target=self.relay, daemon=True),
            threading.Thread(target=self.consume, args=(topic, react), daemon=True),
        ]
        for thread in threads:
            thread.start()
        self.stopping.wait()
        for thread in threads:
            thread.join(10)


class Giver(Side):
    """Holds a matter until it is accepted."""

    def decide(self, connection: Connection, payload: bytes) -> None:
        """A reply makes the other side the holder."""
        reply = HandoverReply.FromString(payload)
        connection.execute(OFFERED, (reply.matter_id,))
        connection.execute(HOLD, ("taker", reply.matter_id))
        accepted = HandoverAccepted(matter_id=reply.matter_id, offer_no=reply.offer_no)
        self.append(connection, CUSTODY, reply.matter_id, accepted)


class Taker(Side):
    """Accepts offers, and works on what it holds."""

    def serve(self) -> grpc.Server:
        """The command, by gRPC."""
        handler = grpc.unary_unary_rpc_method_handler(
            self.accept,
            request_deserializer=AcceptOfferRequest.FromString,
            response_serializer=AcceptOfferResponse.SerializeToString,
        )
        server = grpc.server(ThreadPoolExecutor(1))
        service, method = ACCEPT.removeprefix("/").split("/")
        server.add_generic_rpc_handlers(
            [grpc.method_handlers_generic_handler(service, {method: handler})]
        )
        server.add_insecure_port(os.environ["BENCH_TAKER"])
        self._connection = self.connect()
        self._tokens = Tokens() if is_full() else None
        server.start()
        return server

    def accept(
        self, request: AcceptOfferRequest, context: grpc.ServicerContext
    ) -> AcceptOfferResponse:
        """The command, by whoever may give it."""
        headers = {name: str(value) for name, value in context.invocation_metadata()}
        with self.span("peer accept", SpanKind.SERVER, headers):
            if self._tokens and "case_officer" not in self._tokens.claims(
                headers.get("authorization", "")
            ).get("roles", ()):
                context.abort(grpc.StatusCode.PERMISSION_DENIED, "a case officer may do this")
            return self._accept(request)

    def _accept(self, request: AcceptOfferRequest) -> AcceptOfferResponse:
        """One transaction: the command, the pending case, the reply."""
        case_id, connection = str(uuid.uuid4()), self._connection
        answer = AcceptOfferResponse(case_id=case_id)
        with connection.transaction():
            connection.execute(LOG, (request.request_id, answer.SerializeToString()))
            connection.execute(OFFERED, (request.matter_id,))
            connection.execute(PEND, (case_id, request.matter_id))
            reply = HandoverReply(matter_id=request.matter_id, offer_no=request.offer_no)
            self.append(connection, REPLIES, request.matter_id, reply)
        self.committed.set()
        return answer

    def open(self, connection: Connection, payload: bytes) -> None:
        """The case begins."""
        matter_id = HandoverAccepted.FromString(payload).matter_id
        row = connection.execute(OPEN, (matter_id,)).fetchone()
        case_id = row[0] if row else ""
        connection.execute(HOLD, ("taker", matter_id))
        self.append(connection, CASES, case_id, CaseOpened(case_id=case_id, matter_id=matter_id))


@asynccontextmanager
async def calling(app: FastAPI) -> AsyncIterator[None]:
    """A channel to the taker, made where it is used: in the event loop."""
    async with grpc.aio.insecure_channel(os.environ["BENCH_TAKER"]) as channel:
        app.state.ask = channel.unary_unary(
            ACCEPT,
            request_serializer=AcceptOfferRequest.SerializeToString,
            response_deserializer=AcceptOfferResponse.FromString,
        )
        yield


def door() -> FastAPI:
    """The command, by HTTP."""
    app, span = FastAPI(lifespan=calling), spans()

    @app.post("/offers/{matter_id}/accept")
    async def accept(matter_id: str, request: Request) -> dict[str, str]:
        with span("peer door", SpanKind.SERVER, request.headers):
            wanted = AcceptOfferRequest(matter_id=matter_id, **await request.json())
            headers = {"authorization": request.headers.get("authorization", "")}
            propagate.inject(headers)
            answer = await app.state.ask(wanted, timeout=10, metadata=tuple(headers.items()))
            return {"case_id": answer.case_id}

    return app


def main(role: str) -> None:
    """Run one of the three until SIGTERM."""
    kafka_race.repair()
    if role == "door":
        host, _, port = os.environ["BENCH_DOOR"].partition(":")
        uvicorn.run(door(), host=host, port=int(port), log_level="warning", access_log=False)
    elif role == "giver":
        giver = Giver()
        giver.run(REPLIES, giver.decide)
    else:
        taker = Taker()
        server = taker.serve()
        taker.run(CUSTODY, taker.open)
        server.stop(1).wait()


if __name__ == "__main__":
    main(sys.argv[1])
