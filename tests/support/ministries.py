"""Ministries as they are: a folder from `estafet partner add`, and Kafka as their own user."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from infra.local.stack import Stack

FOLDER = "partners"


@dataclass
class Ministry:
    """A partner ministry, with its user and its folder."""

    folder: Path

    @classmethod
    def of(cls, stack: Stack, name: str) -> Ministry:
        """Made by the command, as an administrator makes it; an existing one stays as it is."""
        into = stack.layout.home / FOLDER
        stack.estafet("partner", "add", name, "--into", str(into))
        return cls(into / name)

    @cached_property
    def credentials(self) -> dict[str, Any]:
        """What its folder says of it."""
        told: dict[str, Any] = json.loads((self.folder / "credentials.json").read_text())
        return told

    def client(self, *arguments: str) -> list[dict[str, Any]]:
        """Run the sample client of its folder; the documents that it printed."""
        command = [sys.executable, str(self.folder / "client.py"), *arguments]
        ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        assert ran.returncode == 0, ran.stderr
        return [json.loads(line) for line in ran.stdout.splitlines()]

    def write(self, kind: str, **data: Any) -> None:
        """One answer into its inbox."""
        event = {
            "specversion": "1.0",
            "id": str(uuid.uuid4()),
            "source": self.credentials["ministry"],
            "type": f"referral.{kind}",
            "data": data,
        }
        self.write_raw(json.dumps(event).encode())

    def write_raw(self, content: bytes) -> None:
        """Any bytes into its inbox."""
        producer = KafkaProducer(**self.credentials["kafka"], metrics_enabled=False)
        try:
            producer.send(self.credentials["inbox"], content).get(30)
        finally:
            producer.close(timeout=5)

    def read(self, topic: str = "stream") -> list[dict[str, Any]]:
        """All that its stream, or its errors, hold today."""
        return [json.loads(record.value) for record in self.records(topic)]

    def records(self, topic: str = "stream") -> list[Any]:
        """The same as Kafka has it."""
        source = KafkaConsumer(**self.credentials["kafka"], metrics_enabled=False)
        place, found = TopicPartition(self.credentials[topic], 0), list[Any]()
        try:
            source.assign([place])
            source.seek_to_beginning(place)
            end = source.end_offsets([place])[place]
            while source.position(place) < end:
                for polled in source.poll(timeout_ms=200).values():
                    found += polled
        finally:
            source.close(autocommit=False)
        return found

    def news_of(self, matter_id: str, stage: str) -> dict[str, Any] | None:
        """The newest thing that it was told of a matter at a stage."""
        told = [event["data"] for event in self.read() if "data" in event]
        of_it = [data for data in told if data.get("matter_id") == matter_id]
        return next((data for data in reversed(of_it) if data.get("stage") == stage), None)
