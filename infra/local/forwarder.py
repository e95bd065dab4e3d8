"""Hand spans on to Zipkin in the background. Zipkin down costs its pages some spans, never more."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Sequence

from infra.local.loopback import log
from infra.local.otlp import zipkin
from infra.local.spans import Span

QUEUE_LIMIT = 20_000
BATCH = 500
RETRY_SECONDS = 1.0


class Forwarder:
    """A bounded queue and one thread. What finds the queue full pushes out the oldest: the pages
    show what is new. Those are counted and logged, and lie in the receiver's own file anyway."""

    def __init__(self, url: str, limit: int = QUEUE_LIMIT) -> None:
        self._url = f"{url}/api/v2/spans"
        self._limit = limit
        self._queue: deque[Span] = deque()
        self._changed = threading.Condition()
        self._ending = False
        self._down = False
        self.forwarded = 0
        self.dropped = 0
        self._thread = threading.Thread(target=self._run, name="forwarder", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def add(self, spans: Sequence[Span]) -> None:
        """Queue spans; never blocks."""
        with self._changed:
            self._queue.extend(spans)
            over = max(0, len(self._queue) - self._limit)
            for _ in range(over):
                self._queue.popleft()
            self._changed.notify()
        if over:
            self._lost(over, "the queue is full")

    def stop(self) -> None:
        """Give up what is queued."""
        with self._changed:
            self._ending = True
            self._changed.notify()
        self._thread.join(5)

    def _run(self) -> None:
        while batch := self._next():
            if not self._settled(batch):
                self._put_back(batch)

    def _next(self) -> list[Span]:
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._ending)
            if self._ending:
                return []
            return [self._queue.popleft() for _ in range(min(BATCH, len(self._queue)))]

    def _settled(self, batch: Sequence[Span]) -> bool:
        body = json.dumps([zipkin(span) for span in batch]).encode()
        request = urllib.request.Request(  # noqa: S310 - our own Zipkin
            self._url, body, {"Content-Type": "application/json"}
        )
        try:
            urllib.request.urlopen(request, timeout=5).close()  # noqa: S310 - idem
        except urllib.error.HTTPError as refused:
            # Asking again would not help, and would stand in the way of what follows.
            self._lost(len(batch), f"Zipkin answered {refused.code}")
            return True
        except OSError as error:
            self._say_down(error)
            return False
        self.forwarded += len(batch)
        self._down = False
        return True

    def _put_back(self, batch: Sequence[Span]) -> None:
        with self._changed:
            self._queue.extendleft(reversed(batch))
            self._changed.wait_for(lambda: self._ending, RETRY_SECONDS)

    def _lost(self, count: int, reason: str) -> None:
        with self._changed:
            self.dropped += count
        log("spans_not_shown", count=count, total=self.dropped, reason=reason)

    def _say_down(self, error: OSError) -> None:
        if not self._down:
            log("zipkin_does_not_take_spans", reason=str(error))
        self._down = True
