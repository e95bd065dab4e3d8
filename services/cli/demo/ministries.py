"""Partner ministries in the demo: each reads its own stream and writes its own inbox, as its Kafka
user and nothing else."""

import json
import time
import uuid
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from services.cli.demo.actions import Action
from services.cli.demo.custodies import Key
from services.cli.demo.door import DemoFailed
from services.cli.demo.giving_on import Ministerial
from services.cli.environment import settings_of
from services.cli.extras import modules_of_services

SEND_SECONDS, POLL_MS, WAIT_SECONDS = 60.0, 100, 60.0


class Ministries:
    """Every ministry with an agreement; answers may be written by many threads."""

    def __init__(self, folder: Path) -> None:
        [partners] = modules_of_services("partners")
        self._partners, self._folder = partners, folder
        self._desks: dict[str, _Desk] = {}

    def open(self) -> None:
        """What `estafet partner add` does, for each; then each sits down at its desk."""
        for ministry in self._partners.AGREEMENTS.ministries:
            folder = self._folder / ministry
            self._partners.add(settings_of("admin"), ministry, folder)
            told = json.loads((folder / self._partners.CREDENTIALS).read_text())
            self._desks[ministry] = _Desk(told)

    def close(self) -> None:
        for desk in self._desks.values():
            desk.close()

    def look(self, actions: Collection[Action], ids: Mapping[Key, str]) -> None:
        """Read the streams until they have told of every offer that is about to be answered."""
        for action in actions:
            if isinstance(action, Ministerial):
                self._desks[action.ministry].read_until(ids["complaint", action.index])

    def answer(self, ministry: str, kind: str, matter_id: str, **data: str) -> None:
        """Answer the newest offer of a matter."""
        self._desks[ministry].answer(kind, matter_id, data)

    def told(self) -> dict[str, tuple[int, int]]:
        """How many messages each has on its stream, and how many of its own were refused."""
        return {ministry: desk.counts() for ministry, desk in self._desks.items()}


class _Desk:
    def __init__(self, me: dict[str, Any]) -> None:
        self._me = me
        quiet = {"metrics_enabled": False}
        self._stream = TopicPartition(me["stream"], 0)
        self._errors = TopicPartition(me["errors"], 0)
        self._source = KafkaConsumer(**me["kafka"], **quiet, enable_auto_commit=False)
        self._source.assign([self._stream, self._errors])
        self._source.seek_to_beginning()
        self._producer = KafkaProducer(**me["kafka"], **quiet)
        self._offers: dict[str, int] = {}

    def close(self) -> None:
        self._source.close()
        self._producer.close(timeout=5)

    def read_until(self, matter_id: str) -> None:
        """Read on until the stream has offered a matter; DemoFailed if it does not come."""
        deadline = time.monotonic() + WAIT_SECONDS
        while matter_id not in self._offers:
            if time.monotonic() > deadline:
                raise DemoFailed(f"{self._me['stream']} does not tell of {matter_id}")
            for records in self._source.poll(timeout_ms=POLL_MS).values():
                for record in records:
                    self._note(json.loads(record.value))

    def _note(self, event: dict[str, Any]) -> None:
        data = event.get("data", {})
        if data.get("stage") == "offered":
            self._offers[data["matter_id"]] = int(data["offer_no"])

    def answer(self, kind: str, matter_id: str, data: Mapping[str, str]) -> None:
        about = {"matter_id": matter_id, "offer_no": self._offers[matter_id]}
        event = {"specversion": "1.0", "id": str(uuid.uuid4()), "source": self._me["ministry"]}
        event |= {"type": f"referral.{kind}", "data": {**about, **data}}
        content = json.dumps(event).encode()
        self._producer.send(self._me["inbox"], content).get(SEND_SECONDS)

    def counts(self) -> tuple[int, int]:
        ends = self._source.end_offsets([self._stream, self._errors])
        return ends[self._stream], ends[self._errors]
