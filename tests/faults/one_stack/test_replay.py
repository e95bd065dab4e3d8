"""5. Every topic is replayed from its beginning into the running system: no new effect."""

from __future__ import annotations

import psycopg
import pytest
from kafka import KafkaProducer

from infra.local.stack import Stack
from tests.faults.arena import a_seed, is_full, of_full, only_in_full
from tests.faults.books import Books, settle
from tests.faults.crew import Crew
from tests.faults.plays import ALL
from tests.faults.snapshot import snapshot
from tests.support.topics import ends, records

pytestmark = pytest.mark.stack

COMMANDS = 700
PACE_SECONDS = 0.0 if is_full() else 0.25


def test_what_comes_again_has_no_effect_whether_people_work_or_not(books: Books) -> None:
    stack, commands = books.stack, of_full(COMMANDS)
    with books.note(Crew(stack, ALL, a_seed(), pace=PACE_SECONDS)) as crew:
        repeated = 0
        while crew.done < commands or not repeated:
            repeated += replay(stack)
            crew.reach(crew.done + commands // 10)
    books.close()
    before, held = snapshot(stack), held_records(stack)
    print(f"  {crew.done} commands; {repeated} of {held} records came again under load")
    again = replay(stack)
    settle(stack)
    assert again == held
    assert snapshot(stack) == before
    assert held_records(stack) == held + again
    books.close()


@only_in_full
def test_consumers_that_forget_where_they_were_read_all_again_without_effect(books: Books) -> None:
    stack = books.stack
    before = snapshot(stack)
    for service in stack.services:
        stack.process(service).stop()
        with psycopg.connect(stack.dsn(service)) as connection:
            forgotten = connection.execute("DELETE FROM position").rowcount
        assert forgotten
    for service in stack.services:
        stack.process(service).start()
        stack.process(service).wait()
    settle(stack)
    assert snapshot(stack) == before


def held_records(stack: Stack) -> int:
    """How many records the services' topics hold."""
    last = ends(stack)
    return sum(end for (topic, _), end in last.items() if topic.startswith("estafet."))


def replay(stack: Stack) -> int:
    """Send every record of every topic once more, as it is; how many."""
    producer = KafkaProducer(**stack.kafka_options("admin"), metrics_enabled=False)
    try:
        sent = [
            producer.send(
                raw.topic,
                key=raw.key,
                value=raw.value,
                headers=list(raw.headers),
                partition=raw.partition,
            )
            for raw in list(records(stack))
        ]
        for future in sent:
            future.get(30)
        return len(sent)
    finally:
        producer.close(timeout=5)
