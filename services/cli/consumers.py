"""Every reactions class of this checkout: its name, its service, its topics and what it handles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.chassis import catalogue
from services.chassis.handlers import ANY

if TYPE_CHECKING:
    from services.chassis.reaction import Reaction


@dataclass(frozen=True)
class ReactionsClass:
    """One consumer: what its progress is kept under, and where."""

    name: str
    service: str
    topics: tuple[str, ...]
    handles: tuple[tuple[str, str], ...]
    """(event's full name, method) in order of the event."""
    rest: str = ""
    """The method that every other record of every topic is for; empty where none is."""
    from_start: bool = True
    """Whether it reads its topics from their beginning, not only since an instant."""


def reactions_classes() -> Iterator[ReactionsClass]:
    """All of them, by service and name; loads the services' code, so only when it is asked."""
    from services.chassis.__main__ import classes_of

    every_topic = sorted(catalogue.topics(catalogue.deputies()))
    for service in catalogue.services():
        for cls in classes_of(service, "reactions"):
            handlers = sorted(_handlers(cls), key=lambda pair: pair[0].type_name)
            topics = sorted({topic for handler, _ in handlers for topic in handler.topics()})
            methods = {handler.type_name: method for handler, method in handlers}
            other = methods.pop(ANY, "")
            # Elsewhere it only refuses what this release does not know.
            rest = other if topics == every_topic else ""
            from_start = getattr(cls, "since", None) is None
            name = str(vars(cls)["name"])
            handles = tuple(methods.items())
            yield ReactionsClass(name, service, tuple(topics), handles, rest, from_start)


def _handlers(cls: type) -> Iterator[tuple[Reaction, str]]:
    from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR

    from services.chassis.reaction import Reaction

    for name in dir(cls):
        for entrypoint in getattr(getattr(cls, name), ENTRYPOINT_EXTENSIONS_ATTR, ()):
            if isinstance(entrypoint, Reaction):
                yield entrypoint, name
