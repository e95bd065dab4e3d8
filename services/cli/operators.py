"""`estafet consumer` and `estafet outbox`: what has stopped by itself, and how it goes on."""

from typing import Annotated

import sqlalchemy as sa
import typer

from services.chassis.errors import NotAllowed, NotFound
from services.cli.consumers import reactions_classes
from services.cli.databases import APP, database_of, everywhere
from services.cli.tables import show

consumer_app = typer.Typer(no_args_is_help=True, help="Reactions classes: how far, stopped, lag.")
outbox_app = typer.Typer(no_args_is_help=True, help="Keys whose events the broker refused.")

_COUNTS = sa.text(
    """
    SELECT c.consumer, s.reason, s.stopped_at,
        (SELECT count(*) FROM progress p WHERE p.consumer = c.consumer) AS keys,
        (SELECT count(DISTINCT (topic, key)) FROM parked k WHERE k.consumer = c.consumer) AS parked
    FROM (SELECT consumer FROM position UNION SELECT consumer FROM consumer_stopped) c
    LEFT JOIN consumer_stopped s USING (consumer)
    """
)
_POSITIONS = sa.text("SELECT consumer, topic, partition, next_offset FROM position")
_RESUME = sa.text("DELETE FROM consumer_stopped WHERE consumer = :consumer RETURNING reason")
_HELD = sa.text(
    """
    SELECT h.topic, h.key, h.reason, h.held_at, count(o.seq) AS rows, min(o.seq) AS first
    FROM outbox_held h LEFT JOIN outbox o USING (topic, key)
    GROUP BY h.topic, h.key, h.reason, h.held_at ORDER BY h.held_at
    """
)
_RELEASE = sa.text(
    """
    DELETE FROM outbox_held
    WHERE key = :key AND (CAST(:topic AS text) IS NULL OR topic = :topic)
    RETURNING topic, reason
    """
)


@consumer_app.command("list")
def list_consumers() -> None:
    """Every reactions class: keys, parked keys, records not yet read, and why it is stopped."""
    rows = {row.consumer: row for _, row in everywhere(_COUNTS)}
    behind = lag()
    table = []
    for each in reactions_classes():
        row = rows.get(each.name)
        counts = (row.keys, row.parked) if row is not None else (0, 0)
        stopped = ""
        if row is not None and row.reason is not None:
            stopped = f"{row.stopped_at:%Y-%m-%d %H:%M:%S} {row.reason}"
        table.append((each.name, *counts, behind[each.name], stopped or "no"))
    show(("consumer", "keys", "parked keys", "unread records", "stopped"), table)


def lag() -> dict[str, int]:
    """How many records each consumer has not read yet."""
    from services.cli.audit.reading import Topics

    consumers = list(reactions_classes())
    topics = Topics()
    try:
        ends = topics.ends(sorted({topic for each in consumers for topic in each.topics}))
    finally:
        topics.close()
    positions = {
        (row.consumer, row.topic, row.partition): row.next_offset
        for _, row in everywhere(_POSITIONS)
    }
    return {
        each.name: sum(
            max(0, end - positions.get((each.name, topic, number), 0))
            for (topic, number), end in ends.items()
            if topic in each.topics
        )
        for each in consumers
    }


@consumer_app.command()
def resume(name: str) -> None:
    """Let a reactions class that stopped itself go on."""
    service = next((each.service for each in reactions_classes() if each.name == name), None)
    if service is None:
        names = ", ".join(each.name for each in reactions_classes())
        raise NotAllowed(f"no consumer {name}; there are {names}")
    with database_of(service, APP) as engine, engine.begin() as connection:
        reason = connection.execute(_RESUME, {"consumer": name}).scalar_one_or_none()
    typer.echo(f"{name}: was not stopped" if reason is None else f"{name}: goes on ({reason})")


@outbox_app.command()
def held() -> None:
    """List the keys whose events the broker refused for good, and how many wait behind."""
    rows = [
        (service, row.topic, row.key, row.first, row.rows, f"{row.held_at:%F %T}", row.reason)
        for service, row in everywhere(_HELD)
    ]
    if not rows:
        typer.echo("nothing is held")
        return
    show(("service", "topic", "key", "first", "events", "since", "reason"), rows)


@outbox_app.command()
def release(
    key: str, topic: Annotated[str | None, typer.Option(help="Only on this topic.")] = None
) -> None:
    """Let the relay try a held key again, once its cause is gone."""
    found = everywhere(_RELEASE, {"key": key, "topic": topic}, role=APP)
    if not found:
        raise NotFound(f"no service holds {key}")
    for service, row in found:
        typer.echo(f"{service}: {row.topic} {key}: tried again ({row.reason})")
