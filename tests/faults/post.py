"""What ministries write while something breaks: each message until the broker has it."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError

from infra.local.stack import Stack

PATIENCE_SECONDS = 5.0
AGAIN_SECONDS = 0.2


@dataclass
class Post:
    """One producer for everybody; a message that is sent again keeps its id."""

    stack: Stack
    _producer: Any = None
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def write(
        self, ministry: str, letter_id: str, kind: str, data: dict[str, Any], seconds: float
    ) -> None:
        """Put an answer into a ministry's inbox, however often it takes."""
        answer = {"specversion": "1.0", "id": letter_id, "source": ministry, "data": data}
        content = json.dumps({**answer, "type": f"referral.{kind}"}).encode()
        began = time.monotonic()
        while True:
            try:
                with self._one_at_a_time:
                    self._send(f"partner.{ministry}.inbox.v1", content)
                return
            except (KafkaError, OSError):
                if time.monotonic() - began > seconds:
                    raise
                time.sleep(AGAIN_SECONDS)

    def _send(self, topic: str, content: bytes) -> None:
        if self._producer is None:
            patience = {"max_block_ms": int(PATIENCE_SECONDS * 1000), "bootstrap_timeout_ms": 5000}
            options = {**self.stack.kafka_options("admin"), **patience, "metrics_enabled": False}
            self._producer = KafkaProducer(**options)
        try:
            self._producer.send(topic, content).get(PATIENCE_SECONDS)
        except (KafkaError, OSError):
            # Before it is closed, which may fail as well: one that has given a batch up by time
            # leaves all that come after it unanswered.
            failed, self._producer = self._producer, None
            failed.close(timeout=1)
            raise
