"""The OTLP receiver: `python -m infra.local.receiver --port N --spans FILE [--zipkin URL]`.

POST /v1/traces takes OTLP over HTTP (protobuf, plain or gzip); GET /spans answers what was kept,
by trace_id, journey_id, service and name; GET /healthz counts.
"""

from __future__ import annotations

import argparse
import gzip
import zlib
from dataclasses import asdict
from http.server import ThreadingHTTPServer
from pathlib import Path

from google.protobuf.message import DecodeError

from infra.local.forwarder import Forwarder
from infra.local.loopback import (
    BODY_LIMIT_BYTES,
    Answer,
    Request,
    as_json,
    log,
    serve_until_told,
    server,
)
from infra.local.otlp import decode
from infra.local.spans import Spans


class Receiver:
    """Keeps spans, then hands them on: an export is answered when it is kept."""

    def __init__(self, spans: Spans, forwarder: Forwarder | None = None) -> None:
        self._spans = spans
        self._forwarder = forwarder

    def listen(self, port: int) -> ThreadingHTTPServer:
        return server(
            port,
            {
                ("POST", "/v1/traces"): self.take,
                ("GET", "/spans"): self.answer,
                ("GET", "/healthz"): self.health,
            },
        )

    def take(self, request: Request) -> Answer:
        if request.headers.get("content-type") != "application/x-protobuf":
            return as_json({"error": "only application/x-protobuf is taken"}, 415)
        try:
            spans = decode(_unpacked(request))
        except (DecodeError, OSError, zlib.error, EOFError, ValueError) as error:
            return as_json({"error": f"this is no export of spans: {error}"}, 400)
        self._spans.add(spans)
        if self._forwarder is not None:
            self._forwarder.add(spans)
        # An empty ExportTraceServiceResponse is no bytes at all.
        return Answer(b"", content_type="application/x-protobuf")

    def answer(self, request: Request) -> Answer:
        try:
            filters = dict(request.parameters)
            limit = int(filters.pop("limit", "10000"))
            found = self._spans.find(limit, **filters)
        except ValueError as error:
            return as_json({"error": str(error)}, 400)
        return as_json({"spans": [asdict(span) for span in found]})

    def health(self, _request: Request) -> Answer:
        counts = {"kept": self._spans.count()}
        if self._forwarder is not None:
            counts |= {"shown": self._forwarder.forwarded, "not_shown": self._forwarder.dropped}
        return as_json(counts)


def _unpacked(request: Request) -> bytes:
    if request.headers.get("content-encoding") != "gzip":
        return request.body
    plain = gzip.decompress(request.body)
    if len(plain) > BODY_LIMIT_BYTES:
        raise ValueError("it is too large")
    return plain


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--spans", type=Path, required=True)
    arguments.add_argument("--zipkin", default="")
    given = arguments.parse_args()
    forwarder = Forwarder(given.zipkin) if given.zipkin else None
    if forwarder is not None:
        forwarder.start()
    log("receiver_listens", port=given.port)
    spans = Spans(given.spans)
    serve_until_told(Receiver(spans, forwarder).listen(given.port))
    spans.close()
    if forwarder is not None:
        forwarder.stop()


if __name__ == "__main__":
    main()
