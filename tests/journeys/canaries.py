"""Canaries: a text in every personal field that nobody may find anywhere else.

`leaks` is the one search: the test of the real build and the test of a build that leaks on purpose
use it alike.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from infra.local.stack import Stack
from services.chassis import catalogue
from services.exchange.agreements import AGREEMENTS
from services.exchange.names import topics_of
from tests.journeys.calls import methods
from tests.support.topics import records

PERSONAL = 3  # DATA_PERSONAL; DATA_SENSITIVE is above it


@dataclass
class Canaries:
    """Texts, each with the personal field that it was put in: `FileComplaint.narrative`."""

    texts: dict[str, str] = field(default_factory=dict)

    def of(self, call: str) -> dict[str, str]:
        """A fresh text for every personal field of an rpc's request."""
        (method,) = [method for _, method in methods() if method.full_name.endswith(call)]
        names = [each.name for each in method.input_type.fields if is_personal(each)]
        made = {name: f"kenari{secrets.token_hex(12)}" for name in names}
        self.texts |= {text: f"{call.rpartition('.')[2]}.{name}" for name, text in made.items()}
        return made

    def add(self, name: str, text: str) -> None:
        """Something personal that a service made up itself: a secret, a token."""
        self.texts[text] = name


def is_personal(described: FieldDescriptor) -> bool:
    return catalogue.classification(described) >= PERSONAL


def personal_fields() -> set[str]:
    """Every personal field of every request, as the canaries name them."""
    return {
        f"{method.name}.{name}" for _, method in methods() for name in _personal(method.input_type)
    }


def _personal(described: Descriptor) -> Iterator[str]:
    """The personal fields of a message, and of those in it."""
    for each in described.fields:
        if is_personal(each):
            yield each.name
        elif each.message_type and each.message_type.file.package.startswith("estafet."):
            yield from (f"{each.name}.{name}" for name in _personal(each.message_type))


@dataclass(frozen=True, order=True)
class Leak:
    """A canary, and where it was found."""

    canary: str
    place: str


Places = Iterable[tuple[str, bytes]]


def leaks(canaries: Mapping[str, str], places: Places) -> set[Leak]:
    """Every canary that lies in a place, however it is written there."""
    forms = [(name, list(_forms(text))) for text, name in canaries.items()]
    return {
        Leak(name, place)
        for place, content in places
        for name, written in forms
        if any(form in content for form in written)
    }


def _forms(text: str) -> Iterator[bytes]:
    """As it is, as JSON escapes it, and as hex (bytes in spans)."""
    yield text.encode()
    yield json.dumps(text)[1:-1].encode()
    yield text.encode().hex().encode()


def everywhere(stack: Stack) -> Iterator[tuple[str, bytes]]:
    """All that the stack writes for others: topics, logs, spans."""
    yield from topics(stack)
    yield from logs(stack)
    yield from spans(stack)


def topics(stack: Stack) -> Iterator[tuple[str, bytes]]:
    """Every record with its key and headers."""
    for record in records(stack):
        yield f"topic {record.topic}", record_bytes(record)


def partner_topics(stack: Stack) -> Iterator[tuple[str, bytes]]:
    """Every record of the topics that ministries read and write."""
    for ministry in AGREEMENTS.ministries:
        for record in records(stack, *topics_of(ministry)):
            yield f"topic {record.topic}", record_bytes(record)


def record_bytes(record: Any) -> bytes:
    headers = b"\n".join(name.encode() + b"=" + (value or b"") for name, value in record.headers)
    return b"\n".join((record.key or b"", headers, record.value or b""))


def logs(stack: Stack) -> Iterator[tuple[str, bytes]]:
    """What every process has written."""
    for path in sorted(stack.layout.logs.iterdir()):
        yield f"log {path.name}", path.read_bytes()


def spans(stack: Stack) -> Iterator[tuple[str, bytes]]:
    """Every span with its attributes, events and links."""
    for span in stack.spans.find(limit=10_000_000):
        yield f"span {span.name}", repr(span).encode()


def misplaced(answer: Any, described: Descriptor, path: str = "") -> Iterator[tuple[str, bytes]]:
    """The parts of an answer that lie in fields which are not personal."""
    if isinstance(answer, list):
        for each in answer:
            yield from misplaced(each, described, path)
        return
    for name, value in answer.items():
        each = described.fields_by_name[name]
        if is_personal(each):
            continue
        if each.message_type is not None and isinstance(value, (dict, list)):
            yield from misplaced(value, each.message_type, f"{path}.{name}")
        else:
            yield f"answer {described.name}{path}.{name}", str(value).encode()
