"""`estafet map`: every service with its events and hand-overs in and out, from code."""

from collections.abc import Iterator

import typer

from services.chassis import catalogue
from services.cli.consumers import ReactionsClass, reactions_classes

CUSTODY = "estafet.handover."


def drawn() -> str:
    """The map as markdown: a picture of who tells whom, and a table of every event."""
    return "\n".join([*_picture(), "", *_table()])


def _edges() -> Iterator[tuple[str, str, str, str]]:
    """(giver, event, receiver, method) of every event that another service handles."""
    for consumer in reactions_classes():
        for type_name, method in consumer.handles:
            giver = type_name.split(".")[1]
            if not type_name.startswith(CUSTODY) and giver != consumer.service:
                yield giver, type_name.rpartition(".")[2], consumer.service, method


def _picture() -> Iterator[str]:
    yield "```mermaid"
    yield "flowchart LR"
    for service in catalogue.deputies():
        yield f"    {service}"
    for giver, event, receiver, _ in sorted(_edges()):
        yield f"    {giver} -- {event} --> {receiver}"
    for kind in sorted(catalogue.briefs()):
        for giver in catalogue.givers_of(kind):
            yield f'    {giver} == "hand-over {kind}" ==> {catalogue.receiver_of(kind)}'
    for consumer in _hear_all():
        yield f"    {consumer.service}"
        for giver in catalogue.deputies():
            yield f"    {giver} -. every record .-> {consumer.service}"
    yield "```"


def _hear_all() -> list[ReactionsClass]:
    """The consumers to whom every record is of use."""
    return [consumer for consumer in reactions_classes() if consumer.rest]


def _table() -> Iterator[str]:
    heard: dict[str, list[str]] = {}
    for _, event, receiver, method in _edges():
        heard.setdefault(event, []).append(f"{receiver} `{method}`")
    yield "| event or hand-over | topic | told by | heard by |"
    yield "|---|---|---|---|"
    for cls in catalogue.events():
        giver, event = cls.DESCRIPTOR.full_name.split(".")[1], cls.DESCRIPTOR.name
        if giver in catalogue.deputies():
            topic = catalogue.topics_of(cls)[0]
            yield f"| {event} | {topic} | {giver} | {', '.join(sorted(heard.get(event, [])))} |"
    for kind, brief in sorted(catalogue.briefs().items()):
        receiver = catalogue.receiver_of(kind)
        told = f"| hand-over `{kind}` ({brief.DESCRIPTOR.name}) | {catalogue.CUSTODY_TOPIC} "
        yield f"{told}| {', '.join(catalogue.givers_of(kind))} | {receiver} |"
    followers = ", ".join(
        consumer.name
        for consumer in reactions_classes()
        if catalogue.CUSTODY_TOPIC in consumer.topics
    )
    yield f"| every other custody record | {catalogue.CUSTODY_TOPIC} | the holder | {followers} |"
    for consumer in _hear_all():
        yield f"| every record | every topic | every deputy | {consumer.name} |"


def show() -> None:
    """Print who tells whom, as ARCHITECTURE.md has it."""
    typer.echo(drawn())
