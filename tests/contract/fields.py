"""Rules on messages, read from descriptors: each gives the fields that break it."""

from collections.abc import Iterable, Iterator
from typing import cast

from estafet.options.v1 import options_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from services.chassis import catalogue

FOR_TOPICS = (options_pb2.DATA_PUBLIC, options_pb2.DATA_INTERNAL)
INSTANTS = ("google.protobuf.Duration", "google.protobuf.Timestamp")
# The one field that holds another message: a brief, which is held to the same rule itself.
BRIEF = "estafet.handover.v1.HandoverOffered.brief"


def our_messages() -> tuple[Descriptor, ...]:
    """Every message of every proto of ours."""
    return _descriptors(catalogue.message_types())


def our_events() -> tuple[Descriptor, ...]:
    """Every event and every brief: what lies on topics."""
    return _descriptors((*catalogue.events(), *catalogue.briefs().values()))


def _descriptors(classes: Iterable[type[Message]]) -> tuple[Descriptor, ...]:
    # The stubs also name the class by which Python's C extension implements a Descriptor.
    return tuple(cast("Descriptor", cls.DESCRIPTOR) for cls in classes)


def unclassified(messages: Iterable[Descriptor]) -> list[str]:
    """The fields that do not say how sensitive they are."""
    return [
        field.full_name
        for message in messages
        if not message.GetOptions().map_entry
        for field in message.fields
        if catalogue.classification(field) == options_pb2.DATA_UNSPECIFIED
    ]


def not_for_topics(events: Iterable[Descriptor]) -> list[str]:
    """The fields by which an event or a brief carries personal data, or may carry anything."""
    return [problem for event in events for problem in _carried(event, event.full_name, ())]


def _carried(message: Descriptor, path: str, above: tuple[str, ...]) -> Iterator[str]:
    for field in message.fields:
        where = f"{path}.{field.name}"
        if catalogue.classification(field) not in FOR_TOPICS:
            yield f"{where} is {_name(field)}"
        inner = field.message_type
        if inner is None or inner.full_name in (*INSTANTS, *above) or field.full_name == BRIEF:
            continue
        if inner.file.package.startswith("estafet."):
            yield from _carried(inner, where, (*above, inner.full_name))
        else:
            yield f"{where} may hold anything: it is a {inner.full_name}"


def _name(field: FieldDescriptor) -> str:
    return options_pb2.Data.Name(catalogue.classification(field))


def misrouted(events: Iterable[Descriptor]) -> list[str]:
    """The events whose topic is not their package's, or whose key is no string field."""
    found = []
    for event in events:
        if not event.GetOptions().HasExtension(options_pb2.route):
            continue
        route = event.GetOptions().Extensions[options_pb2.route]
        key = event.fields_by_name.get(route.key)
        if key is None or key.type != FieldDescriptor.TYPE_STRING or key.is_repeated:
            found.append(f"{event.full_name}: the key {route.key} is no string field of it")
        if route.topic not in _topics_of(event):
            found.append(f"{event.full_name}: {route.topic} is another's topic")
    return found


def _topics_of(event: Descriptor) -> tuple[str, ...]:
    if event.file.package == "estafet.handover.v1":
        return catalogue.CUSTODY_TOPIC, "estafet.{service}.handover.v1"
    return (event.file.package,)
