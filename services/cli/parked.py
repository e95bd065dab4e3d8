"""`estafet parked` and `estafet requeue`: records that wait in a consumer's database."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from services.chassis import catalogue
from services.chassis.errors import NotAllowed
from services.cli.databases import APP, database_of, everywhere
from services.cli.tables import show

LOOK_SECONDS = 0.2
HEADS = (
    *("consumer", "topic", "key", "first", "records"),
    *("reason", "tries", "since", "next", "error"),
)
RAN, FAILED, WAITS, MISSING = "ran", "failed again", "still parked", "cannot run"

_MATCHES = """
    (CAST(:consumer AS text) IS NULL OR k.consumer = :consumer)
    AND (CAST(:topic AS text) IS NULL OR k.topic = :topic)
    AND (CAST(:key AS text) IS NULL OR k.key = :key)
"""
_PARKED = sa.text(
    f"""
    SELECT DISTINCT ON (k.consumer, k.topic, k.key)
        k.consumer, k.topic, k.key, k.seq, k.reason, k.error, k.attempts, k.retry_at, k.requeued,
        k.parked_at, coalesce(p.done_seq, 0) AS done_seq,
        count(*) OVER (PARTITION BY k.consumer, k.topic, k.key) AS records,
        (SELECT reason FROM consumer_stopped s WHERE s.consumer = k.consumer) AS stopped
    FROM parked k LEFT JOIN progress p USING (consumer, topic, key)
    WHERE {_MATCHES}
    ORDER BY k.consumer, k.topic, k.key, k.seq
    """
)
_REQUEUE = sa.text(
    f"""
    UPDATE parked k SET retry_at = now(), requeued = true
    FROM progress p
    WHERE p.consumer = k.consumer AND p.topic = k.topic AND p.key = k.key
        AND k.seq = p.done_seq + 1 AND {_MATCHES}
    RETURNING k.consumer, k.topic, k.key
    """
)


@dataclass(frozen=True)
class Choice:
    """Which parked keys: those of a consumer, of a topic, or one key; None: any."""

    consumer: str | None = None
    topic: str | None = None
    key: str | None = None


@dataclass(frozen=True)
class Outcome:
    """What has become of one key after a requeue."""

    service: str
    consumer: str
    topic: str
    key: str
    state: str
    why: str = ""

    def __str__(self) -> str:
        told = f"{self.consumer}: {self.topic} {self.key}: {self.state}"
        return f"{told}: {self.why}" if self.why else told


def parked(choice: Choice) -> list[tuple[str, Any]]:
    """The first parked record of every key that is parked: (service, row)."""
    return everywhere(_PARKED, vars(choice))


def requeue(choice: Choice, wait_seconds: float) -> list[Outcome]:
    """Have the first parked record of each key run now, those behind it after it, and wait."""
    before = parked(choice)
    for service in sorted({service for service, _ in before}):
        with database_of(service, APP) as engine, engine.begin() as connection:
            connection.execute(_REQUEUE, vars(choice))
    deadline = time.monotonic() + wait_seconds
    outcomes = list(_outcomes(before, choice))
    while any(each.state == WAITS for each in outcomes) and time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
        outcomes = list(_outcomes(before, choice))
    return outcomes


def _outcomes(before: list[tuple[str, Any]], choice: Choice) -> Iterator[Outcome]:
    now = {(service, row.consumer, row.topic, row.key): row for service, row in parked(choice)}
    for service, row in before:
        where = (service, row.consumer, row.topic, row.key)
        yield Outcome(*where, *judge(now.get(where)))


def judge(first: Any | None) -> tuple[str, str]:
    """What the first record that is parked after a requeue says about its key, and why."""
    if first is None:
        return RAN, ""
    if first.seq > first.done_seq + 1:
        return MISSING, f"{first.done_seq + 1} never came; see `estafet audit --records`"
    if first.requeued:
        return WAITS, first.stopped or "its consumer has not come to it"
    return FAILED, f"{first.seq}: {first.error}"


ByConsumer = Annotated[str | None, typer.Option(help="Only this reactions class.")]
ByTopic = Annotated[str | None, typer.Option(help="Only this topic.")]
ByKey = Annotated[str | None, typer.Option(help="Only this key.")]


def show_parked(consumer: ByConsumer = None, topic: ByTopic = None, key: ByKey = None) -> None:
    """List the keys whose records wait, with the first record's reason."""
    rows = [
        (
            row.consumer,
            row.topic,
            row.key,
            row.seq,
            row.records,
            row.reason,
            row.attempts,
            f"{row.parked_at:%Y-%m-%d %H:%M:%S}",
            f"{row.retry_at:%H:%M:%S}" if row.retry_at else "by requeue",
            row.error,
        )
        for _, row in parked(Choice(consumer, topic, key))
    ]
    if not rows:
        typer.echo("nothing is parked")
        return
    show(HEADS, rows)


def run_requeue(
    consumer: ByConsumer = None,
    topic: ByTopic = None,
    key: ByKey = None,
    every: Annotated[bool, typer.Option("--all", help="Every parked key that matches.")] = False,
    wait: Annotated[float, typer.Option(help="Seconds to wait for the outcome.")] = 30.0,
) -> None:
    """Run parked records again, in order, each key from its first.

    Exit 0: all ran. 1: some failed again or are parked still.
    """
    if (key is None) == (not every):
        raise typer.BadParameter("name one --key, or say --all")
    _must_exist(consumer, topic)
    outcomes = requeue(Choice(consumer, topic, key), wait)
    for outcome in outcomes:
        typer.echo(str(outcome))
    if not outcomes:
        typer.echo("nothing is parked")
    raise typer.Exit(0 if all(each.state == RAN for each in outcomes) else 1)


def _must_exist(consumer: str | None, topic: str | None) -> None:
    """A misspelt name must not look like nothing parked."""
    from services.cli.consumers import reactions_classes

    names = [each.name for each in reactions_classes()]
    if consumer is not None and consumer not in names:
        raise NotAllowed(f"no consumer {consumer}; there are {', '.join(names)}")
    topics = catalogue.topics(catalogue.deputies())
    if topic is not None and topic not in topics:
        raise NotAllowed(f"no topic {topic}; there are {', '.join(topics)}")
