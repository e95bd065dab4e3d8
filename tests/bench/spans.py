"""A receiver of spans that keeps none: what a collector elsewhere would cost this machine."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from infra.local.ports import LOOPBACK


class _Swallow(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_said: object) -> None:
        """Nothing: a line for every half second of spans tells nobody anything."""


@contextmanager
def swallowed() -> Iterator[str]:
    """The base url of a receiver of OTLP/HTTP, for a while."""
    server = ThreadingHTTPServer((LOOPBACK, 0), _Swallow)
    thread = threading.Thread(target=server.serve_forever, name="spans", daemon=True)
    thread.start()
    try:
        yield f"http://{LOOPBACK}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
