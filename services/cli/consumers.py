"""Every reactions class of this checkout: its name, its service, its topics and what it handles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.chassis import catalogue

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
    from_start: bool = True
    """Whether it reads its topics from their beginning, not only since an instant."""


def reactions_classes() -> Iterator[ReactionsClass]:
    """All of them, by service and name; loads the services' code, so only when it is asked."""
    from services.chassis.__main__ import classes_of

    for service in catalogue.deputies():
        for cls in classes_of(service, "reactions"):
            handlers = sorted(_handlers(cls), key=lambda pair: pair[0].type_name)
            topics = sorted({topic for handler, _ in handlers for topic in handler.topics()})
            handles = tuple((handler.type_name, method) for handler, method in handlers)
            from_start = getattr(cls, "since", None) is None
            name = str(vars(cls)["name"])
            yield ReactionsClass(name, service, tuple(topics), handles, from_start)


def _handlers(cls: type) -> Iterator[tuple[Reaction, str]]:
    from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR

    from services.chassis.reaction import Reaction

    for name in dir(cls):
        for entrypoint in getattr(getattr(cls, name), ENTRYPOINT_EXTENSIONS_ATTR, ()):
            if isinstance(entrypoint, Reaction):
                yield entrypoint, name
