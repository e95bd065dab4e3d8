"""What the protos say, read from their descriptors: events, briefs, topics, rpcs, permissions.

There is no list of topics or events to keep: the protobuf message is the event, its topic and key
are options on it.
"""

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import estafet
from estafet.chassis.v1 import operations_pb2
from estafet.options.v1 import options_pb2
from google.protobuf import message_factory
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message

CUSTODY_TOPIC = "estafet.custody.v1"


@dataclass(frozen=True)
class Route:
    """Where an event goes: topic, the field that is its key, what it does to the baton."""

    topic: str
    key: str
    baton: options_pb2.Baton.ValueType

    def key_of(self, event: Message) -> str:
        """The key of one event; never empty."""
        key = getattr(event, self.key)
        if not key:
            raise ValueError(f"{event.DESCRIPTOR.full_name} has no {self.key}")
        return str(key)


@cache
def modules() -> tuple[Any, ...]:
    """Every generated module of the package estafet, imported once."""
    names = {
        ".".join(("estafet", *path.relative_to(root).with_suffix("").parts))
        for root in estafet.__path__
        for path in Path(root).rglob("*_pb2.py")
    }
    return tuple(importlib.import_module(name) for name in sorted(names))


@cache
def message_types() -> tuple[type[Message], ...]:
    """Every message of ours, nested ones too, in order of full name."""

    def walk(descriptor: Descriptor) -> Iterator[Descriptor]:
        yield descriptor
        for nested in descriptor.nested_types:
            yield from walk(nested)

    found = [
        inner
        for module in modules()
        for descriptor in module.DESCRIPTOR.message_types_by_name.values()
        for inner in walk(descriptor)
    ]
    found.sort(key=lambda descriptor: descriptor.full_name)
    return tuple(message_factory.GetMessageClass(descriptor) for descriptor in found)


def class_of(descriptor: Descriptor) -> type[Message]:
    """The message class of a descriptor."""
    return message_factory.GetMessageClass(descriptor)


@cache
def message_type(full_name: str) -> type[Message] | None:
    """The message class of a ce_type, or None when this release does not know it."""
    for cls in message_types():
        if cls.DESCRIPTOR.full_name == full_name:
            return cls
    return None


def route(cls: type[Message], service: str) -> Route:
    """The route of an event emitted by a service; ValueError if the message is no event."""
    return _route(cls.DESCRIPTOR, service)


@cache
def _route(descriptor: Descriptor, service: str) -> Route:
    option = descriptor.GetOptions().Extensions[options_pb2.route]
    if not option.topic:
        raise ValueError(f"{descriptor.full_name} is no event: it has no route")
    return Route(option.topic.replace("{service}", service), option.key, option.baton)


def is_event(cls: type[Message]) -> bool:
    """Whether a message has a route."""
    return cls.DESCRIPTOR.GetOptions().HasExtension(options_pb2.route)


@cache
def events() -> tuple[type[Message], ...]:
    """Every event of every service."""
    return tuple(cls for cls in message_types() if is_event(cls))


@cache
def briefs() -> dict[str, type[Message]]:
    """Every kind of hand-over and the message that must come with it."""
    found = {}
    for cls in message_types():
        kind = cls.DESCRIPTOR.GetOptions().Extensions[options_pb2.brief].kind
        if kind:
            found[kind] = cls
    return found


def receiver_of(kind: str) -> str:
    """The service that registered a kind of hand-over; KeyError if none did."""
    return briefs()[kind].DESCRIPTOR.full_name.split(".")[1]


def givers_of(kind: str) -> tuple[str, ...]:
    """The services that may offer a kind of hand-over; KeyError if none registered it."""
    return tuple(briefs()[kind].DESCRIPTOR.GetOptions().Extensions[options_pb2.brief].givers)


def topics(services: tuple[str, ...]) -> tuple[str, ...]:
    """Every topic that these services write."""
    found: set[str] = set()
    for cls in events():
        topic = cls.DESCRIPTOR.GetOptions().Extensions[options_pb2.route].topic
        if "{service}" in topic:
            found.update(topic.replace("{service}", service) for service in services)
        else:
            found.add(topic)
    return tuple(sorted(found))


def topics_of(cls: type[Message]) -> tuple[str, ...]:
    """The topics where an event may appear: one, or one of each service that reacts."""
    topic = cls.DESCRIPTOR.GetOptions().Extensions[options_pb2.route].topic
    if "{service}" not in topic:
        return (topic,)
    return tuple(topic.replace("{service}", service) for service in deputies())


@cache
def deputies() -> tuple[str, ...]:
    """The services that own matters: those whose protos declare both rpcs and events.

    From the protos and not from folders: an image holds one service, and still has to read the
    replies of all.
    """
    tellers = {cls.DESCRIPTOR.full_name.split(".")[1] for cls in events()}
    return tuple(sorted(service for service in tellers if methods(service)))


@cache
def services() -> tuple[str, ...]:
    """Every service that is asked by rpc: the deputies, and who only reads what they tell."""
    found = (module.__name__.split(".") for module in modules())
    return tuple(sorted(parts[1] for parts in found if parts[-1] == "service_pb2"))


def writers(topic: str, services: tuple[str, ...]) -> tuple[str, ...]:
    """The services that may write a topic: the one in its name, or every holder for custody."""
    if topic == CUSTODY_TOPIC:
        return services
    return tuple(service for service in services if service == topic.split(".")[1])


@cache
def methods(service: str) -> dict[str, MethodDescriptor]:
    """The rpcs of a service by name; empty when it has none."""
    try:
        module = importlib.import_module(f"estafet.{service}.v1.service_pb2")
    except ModuleNotFoundError:
        return {}
    return _methods(module)


@cache
def operations() -> dict[str, MethodDescriptor]:
    """The rpcs that every service answers beside its own."""
    return _methods(operations_pb2)


def _methods(module: Any) -> dict[str, MethodDescriptor]:
    return {
        method.name: method
        for descriptor in module.DESCRIPTOR.services_by_name.values()
        for method in descriptor.methods
    }


def permission(method: MethodDescriptor) -> options_pb2.Permission | None:
    """Who may call an rpc; None when the proto does not say."""
    options = method.GetOptions()
    if not options.HasExtension(options_pb2.permission):
        return None
    return options.Extensions[options_pb2.permission]


def classification(field: FieldDescriptor) -> options_pb2.Data.ValueType:
    """The Data value of a field; DATA_UNSPECIFIED when it is not classified."""
    return field.GetOptions().Extensions[options_pb2.data]
