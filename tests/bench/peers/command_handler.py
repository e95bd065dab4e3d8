"""`python -m tests.bench.peers.command_handler`: TriageComplaint written by hand with grpcio and
psycopg: the same locks, rows and answer as complaint's own, one span, and nothing besides.
With BENCH_PLAIN it leaves custody out, as tests.bench.subjects.plain_api does.

It checks the token and what the request holds, repeats the answer of a request_id that it knows,
and refuses with a status.
"""

import hashlib
import json
import os
import signal
import threading
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import grpc
import jwt
import psycopg
import uuid6
from estafet.complaint.v1 import service_pb2 as pb
from estafet.complaint.v1.events_pb2 import ComplaintTriaged
from opentelemetry import propagate, trace
from psycopg_pool import ConnectionPool

from services.chassis.outbox import shard_of
from services.complaint.categories import categories
from tests.bench.peers.common import Tokens, a_tracer

THREADS = 16
TOPIC = "estafet.complaint.v1"
METHOD = "/estafet.complaint.v1.ComplaintService/TriageComplaint"
RPC = "TriageComplaint"

BEGIN = """
INSERT INTO command_log (caller, rpc, request_id, request_hash)
SELECT %(caller)s, %(rpc)s, %(request_id)s, %(hash)s
FROM set_config('lock_timeout', %(lock_timeout)s, true)
WHERE NOT EXISTS (
    SELECT FROM command_spent
    WHERE caller = %(caller)s AND rpc = %(rpc)s AND request_id = %(request_id)s)
ON CONFLICT DO NOTHING
RETURNING true
"""
EARLIER = """
SELECT request_hash, answer FROM command_log
WHERE caller = %(caller)s AND rpc = %(rpc)s AND request_id = %(request_id)s
"""
MATTER = """
SELECT holder_service, closed_at, traceparent FROM matter WHERE matter_id = %s FOR NO KEY UPDATE
"""
# By itself and after the lock: it has to see what the one who held the lock before has offered.
OFFER = """
SELECT receiver_service FROM offer WHERE matter_id = %s AND state IN ('offered', 'asked')
"""
COMPLAINT = """
SELECT category, severity, closed_at FROM complaint WHERE complaint_id = %s FOR NO KEY UPDATE
"""
APPEND = """
WITH head AS (
    INSERT INTO stream_head AS h (topic, key, seq) VALUES (%(topic)s, %(key)s, 1)
    ON CONFLICT (topic, key) DO UPDATE SET seq = h.seq + 1
    RETURNING h.seq
)
INSERT INTO outbox (shard, topic, key, seq, headers, payload)
SELECT %(shard)s, %(topic)s, %(key)s, seq, %(headers)s::jsonb, %(payload)s FROM head
RETURNING seq
"""
TRIAGE = """
UPDATE complaint SET category = %s, severity = %s, rank = %s, triage_no = %s
WHERE complaint_id = %s
"""
FINISH = """
UPDATE command_log SET answer = %(answer)s
WHERE caller = %(caller)s AND rpc = %(rpc)s AND request_id = %(request_id)s
"""


class Refused(Exception):
    """Why a call is not answered."""

    def __init__(self, code: grpc.StatusCode, text: str) -> None:
        super().__init__(text)
        self.code = code


class Handler:
    """The one rpc, with what it needs."""

    def __init__(self) -> None:
        self._tokens = Tokens()
        self._pool = ConnectionPool(
            os.environ["BENCH_DSN"], min_size=THREADS, max_size=THREADS, open=True
        )
        self._plain = "BENCH_PLAIN" in os.environ
        self._tracer = a_tracer()

    def serve(self, payload: bytes, context: grpc.ServicerContext) -> bytes:
        """Answer one call, or end it with the status that says why not."""
        headers = dict(context.invocation_metadata())
        parent = propagate.extract(headers)
        kind = trace.SpanKind.SERVER
        with self._tracer.start_as_current_span("peer triage", context=parent, kind=kind) as span:
            try:
                return self._answer(payload, headers, context.time_remaining())
            except Refused as refused:
                span.set_status(trace.StatusCode.ERROR, refused.code.name)
                code, text = refused.code, str(refused)
        context.abort(code, text)
        raise AssertionError("abort always raises")

    def _answer(self, payload: bytes, headers: Mapping[str, Any], seconds: float) -> bytes:
        subject = self._subject(headers.get("authorization", ""))
        request = pb.TriageComplaintRequest.FromString(payload)
        _check(request)
        trace.get_current_span().set_attribute("journey_id", request.complaint_id)
        with self._pool.connection() as connection:
            return _triage(connection, request, subject, seconds, plain=self._plain)

    def _subject(self, authorization: str) -> str:
        try:
            claims = self._tokens.claims(authorization)
        except jwt.InvalidTokenError as error:
            raise Refused(grpc.StatusCode.UNAUTHENTICATED, "the token is not valid") from error
        if "complaint_officer" not in claims.get("roles", ()):
            raise Refused(grpc.StatusCode.PERMISSION_DENIED, "a complaint officer may do this")
        return str(claims["sub"])


def _check(request: pb.TriageComplaintRequest) -> None:
    try:
        uuid.UUID(request.request_id)
        uuid.UUID(request.complaint_id)
    except ValueError as error:
        raise Refused(grpc.StatusCode.INVALID_ARGUMENT, "an id is no UUID") from error
    if request.category not in categories() or not 0 <= request.severity <= 4:
        raise Refused(grpc.StatusCode.INVALID_ARGUMENT, "no such category or severity")


def _triage(
    connection: psycopg.Connection[Any],
    request: pb.TriageComplaintRequest,
    subject: str,
    seconds: float,
    *,
    plain: bool,
) -> bytes:
    command = {
        "caller": subject,
        "rpc": RPC,
        "request_id": request.request_id,
        "hash": hashlib.sha256(request.SerializeToString(deterministic=True)).digest(),
        "lock_timeout": f"{int(seconds * 900)}ms",
    }
    if connection.execute(BEGIN, command).fetchone() is None:
        return _earlier(connection, command)
    if not plain:
        _must_be_held(connection, request)
    row = connection.execute(COMPLAINT, (request.complaint_id,)).fetchone()
    if row is None:
        raise Refused(grpc.StatusCode.NOT_FOUND, "no such complaint")
    category, severity, closed_at = row
    if closed_at is not None:
        raise Refused(grpc.StatusCode.FAILED_PRECONDITION, "the complaint is closed")
    if (category, severity) != (request.category, request.severity):
        event = ComplaintTriaged(
            complaint_id=request.complaint_id, category=request.category, severity=request.severity
        )
        number = _append(connection, event, subject)
        connection.execute(
            TRIAGE,
            (
                *(request.category, request.severity, 4 - request.severity),
                *(number, request.complaint_id),
            ),
        )
    answer = pb.TriageComplaintResponse().SerializeToString()
    connection.execute(FINISH, command | {"answer": answer})
    return answer


def _must_be_held(connection: psycopg.Connection[Any], request: pb.TriageComplaintRequest) -> None:
    row = connection.execute(MATTER, (request.complaint_id,)).fetchone()
    if row is None:
        raise Refused(grpc.StatusCode.NOT_FOUND, "no such matter")
    holder, closed_at, traceparent = row
    if holder != "complaint" or closed_at is not None:
        raise Refused(grpc.StatusCode.FAILED_PRECONDITION, "the matter is not held here")
    offered = connection.execute(OFFER, (request.complaint_id,)).fetchone()
    if offered and categories()[request.category].handed_to != offered[0]:
        raise Refused(grpc.StatusCode.FAILED_PRECONDITION, "withdraw the offer")
    cause = trace.get_current_span(propagate.extract({"traceparent": traceparent}))
    span = trace.get_current_span()
    if cause.get_span_context().is_valid:
        span.add_link(cause.get_span_context())


def _append(connection: psycopg.Connection[Any], event: ComplaintTriaged, subject: str) -> int:
    now = datetime.now(UTC).isoformat()
    headers = {
        "ce_specversion": "1.0",
        "ce_id": str(uuid6.uuid7()),
        "ce_source": "estafet.complaint",
        "ce_type": event.DESCRIPTOR.full_name,
        "ce_time": now,
        "ce_recordedtime": now,
        "ce_subject": event.complaint_id,
        "ce_journeyid": event.complaint_id,
        "ce_causationid": "",
        "ce_actor": subject,
        "content-type": "application/protobuf",
    }
    propagate.inject(headers)
    row = connection.execute(
        APPEND,
        {
            "shard": shard_of(event.complaint_id),
            "topic": TOPIC,
            "key": event.complaint_id,
            "headers": json.dumps(headers),
            "payload": event.SerializeToString(),
        },
    ).fetchone()
    return int(row[0]) if row else 0


def _earlier(connection: psycopg.Connection[Any], command: Mapping[str, Any]) -> bytes:
    row = connection.execute(EARLIER, command).fetchone()
    if row is None or bytes(row[0]) != command["hash"]:
        raise Refused(grpc.StatusCode.INVALID_ARGUMENT, "the request_id was used before")
    return bytes(row[1])


class Route(grpc.GenericRpcHandler):
    """Serves the one method."""

    def __init__(self, handler: Handler) -> None:
        self._method: Any = grpc.unary_unary_rpc_method_handler(handler.serve)

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        return self._method if details.method == METHOD else None


def main() -> None:
    """Run until SIGTERM."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    server = grpc.server(ThreadPoolExecutor(THREADS), handlers=[Route(Handler())])
    server.add_insecure_port(os.environ["ESTAFET_GRPC_ADDRESS"])
    server.start()
    stopping.wait()
    server.stop(1).wait()


if __name__ == "__main__":
    main()
