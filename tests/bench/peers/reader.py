"""A consumer that notes when it has each record: `python -m tests.bench.peers.reader FILE`.

FILE then holds a line of JSON: ce_id to seconds of the machine's monotonic clock.
"""

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

from kafka import KafkaConsumer, TopicPartition

from tests.bench.outbox import TOPIC


def main() -> None:
    """Read what comes from now on, until SIGTERM; the file appears empty once it listens."""
    file = Path(sys.argv[1])
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    consumer = KafkaConsumer(**json.loads(os.environ["BENCH_KAFKA"]), enable_auto_commit=False)
    partitions = [TopicPartition(TOPIC, number) for number in consumer.partitions_for_topic(TOPIC)]
    consumer.assign(partitions)
    consumer.seek_to_end(*partitions)
    for partition in partitions:
        consumer.position(partition)
    file.touch()
    seen: dict[str, float] = {}
    while not stopping.is_set():
        for records in consumer.poll(timeout_ms=100).values():
            now = time.monotonic()
            for record in records:
                seen.setdefault(dict(record.headers)["ce_id"].decode(), now)
    consumer.close(autocommit=False)
    file.write_text(json.dumps(seen))


if __name__ == "__main__":
    main()
