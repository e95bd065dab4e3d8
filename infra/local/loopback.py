"""A small HTTP server and client for our own helpers, on loopback unless told otherwise."""

from __future__ import annotations

import json
import signal
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType
from urllib.parse import parse_qsl, urlsplit

from infra.local.ports import LOOPBACK

BODY_LIMIT_BYTES = 16 * 1024 * 1024
SECONDS = 30


@dataclass(frozen=True)
class Request:
    """What was asked; names of headers in lower case. Of what is given twice the last counts."""

    parameters: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


def as_json(value: object, status: int = 200, **headers: str) -> Answer:
    return Answer(json.dumps(value).encode(), status, headers=headers)


Handler = Callable[[Request], Answer]
Routes = Mapping[tuple[str, str], Handler]


class _Exchange(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: a second one waits 40 ms for an acknowledgement
    timeout = SECONDS
    routes: Routes = {}  # noqa: RUF012 - set once, by the subclass that `server` makes

    def do_GET(self) -> None:
        self._exchange()

    def do_POST(self) -> None:
        self._exchange()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Nothing: a line per request would fill the log with health checks."""

    def _exchange(self) -> None:
        answer = self._answer()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(answer.body)

    def _answer(self) -> Answer:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > BODY_LIMIT_BYTES:
            self.close_connection = True  # what follows is a body that nobody reads
            return as_json({"error": "the body is too large"}, 413)
        body = self.rfile.read(int(length))
        target = urlsplit(self.path)
        handler = self.routes.get((self.command, target.path))
        if handler is None:
            return as_json({"error": f"no {self.command} {target.path} here"}, 404)
        headers = {name.lower(): value for name, value in self.headers.items()}
        return handler(Request(dict(parse_qsl(target.query)), headers, body))


def server(port: int, routes: Routes, host: str = LOOPBACK) -> ThreadingHTTPServer:
    """A server of (method, path) routes; port 0 takes a free one."""
    exchange = type("Exchange", (_Exchange,), {"routes": routes})
    made = ThreadingHTTPServer((host, port), exchange)
    made.daemon_threads = True
    return made


def serve_until_told(made: ThreadingHTTPServer) -> None:
    """Serve until SIGTERM or SIGINT."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        # From another thread: shutdown() waits for the loop that this signal interrupts.
        threading.Thread(target=made.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    made.serve_forever(poll_interval=0.2)
    made.server_close()


def is_healthy(url: str) -> bool:
    """Does a GET answer 200?"""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own http urls
            return bool(answer.status == 200)
    except OSError:
        return False


def log(event: str, **fields: object) -> None:
    """One event per line, fields instead of sentences."""
    print(json.dumps({"event": event, **fields}), file=sys.stderr, flush=True)
