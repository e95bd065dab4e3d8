"""A ministry's way to Estafet: python client.py listen | errors | accept | decline | ask | return

`listen` prints what is new on the ministry's stream, one JSON document a line, each number once.
Needs kafka-python; credentials.json lies beside it.
"""

import argparse
import json
import uuid
from pathlib import Path

from kafka import KafkaConsumer, KafkaProducer

HERE = Path(__file__).resolve().parent
ME = json.loads((HERE / "credentials.json").read_text())
DONE = HERE / "done.json"


def listen(topic: str, idle_seconds: float) -> None:
    """Print every message under a new number, or one that is sent again on our wish."""
    done = json.loads(DONE.read_text()) if DONE.exists() else {}
    group = {"group_id": ME["group"], "auto_offset_reset": "earliest", "enable_auto_commit": False}
    source = KafkaConsumer(topic, **ME["kafka"], **group, consumer_timeout_ms=idle_seconds * 1000)
    for record in source:
        event = json.loads(record.value)
        number = int(event["sequence"])
        if number > done.get(topic, 0) or event.get("replayed"):
            print(json.dumps(event), flush=True)  # here the ministry does its work
            done[topic] = max(number, done.get(topic, 0))
            DONE.write_text(json.dumps(done))
        source.commit()
    source.close()


def answer(kind: str, data: dict[str, object]) -> None:
    """Answer about one matter; the errors topic tells if it was not taken."""
    event = {"specversion": "1.0", "id": str(uuid.uuid4()), "source": ME["ministry"]}
    event |= {"type": f"referral.{kind}", "data": data}
    producer = KafkaProducer(**ME["kafka"])
    producer.send(ME["inbox"], json.dumps(event).encode()).get(30)
    producer.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["listen", "errors", "accept", "decline", "ask", "return"])
    parser.add_argument("--idle-seconds", type=float, default=float("inf"))
    for name in ("matter_id", "code", "text", "result"):
        parser.add_argument(f"--{name}")
    parser.add_argument("--offer_no", type=int)
    told = {name: value for name, value in vars(parser.parse_args()).items() if value is not None}
    what, idle = told.pop("what"), told.pop("idle_seconds")
    if what in ("listen", "errors"):
        listen(ME["stream" if what == "listen" else "errors"], idle)
    else:
        answer(what, told)
