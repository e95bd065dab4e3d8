"""A bare producer of kafka-python: the outbox's rows are read beforehand, and sent in one loop."""

import gc
import os
import signal

import psycopg
from kafka import KafkaProducer

from services.chassis.producer import OPTIONS
from services.chassis.settings import Settings
from tests.bench.outbox import SERVICE

ROWS = "SELECT topic, key, seq, headers, payload FROM outbox ORDER BY position"


def main() -> None:
    """Send everything, then wait for SIGTERM."""
    with psycopg.connect(os.environ["BENCH_DSN"]) as connection:
        records = [
            (
                topic,
                key.encode(),
                payload,
                [(name, value.encode()) for name, value in headers.items()]
                + [("ce_sequence", str(seq).encode())],
            )
            for topic, key, seq, headers, payload in connection.execute(ROWS)
        ]
    gc.freeze()
    producer = KafkaProducer(**Settings().kafka(SERVICE), **OPTIONS)
    for topic, key, value, headers in records:
        producer.send(topic, key=key, value=value, headers=headers)
    producer.flush()
    signal.sigwait({signal.SIGTERM})


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    main()
