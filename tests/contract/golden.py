"""Events and briefs as bytes that were once written: tests/contract/golden/<package>.txt.

A sample is three lines: full name, JSON, hex. Samples are only ever added, never changed:
`python -m tests.contract.golden` adds one for every event and every field that has none.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from google.protobuf import any_pb2, timestamp_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from services.chassis import catalogue

FOLDER = Path(__file__).with_name("golden")
NUMBERS = {
    FieldDescriptor.CPPTYPE_INT32: 32,
    FieldDescriptor.CPPTYPE_INT64: 2**40,
    FieldDescriptor.CPPTYPE_UINT32: 32,
    FieldDescriptor.CPPTYPE_UINT64: 2**40,
}


@dataclass(frozen=True)
class Sample:
    """One message as it was written: its type, what it says, its bytes."""

    type: str
    says: dict[str, object]
    payload: bytes

    @classmethod
    def of(cls, message: Message) -> "Sample":
        payload = message.SerializeToString(deterministic=True)
        return cls(message.DESCRIPTOR.full_name, MessageToDict(message), payload)

    def text(self) -> str:
        """Its three lines."""
        said = json.dumps(self.says, ensure_ascii=False, sort_keys=True)
        return f"{self.type}\n{said}\n{self.payload.hex()}\n"


def kept(folder: Path = FOLDER) -> list[Sample]:
    """All samples, in the order they were written."""
    return [sample for path in sorted(folder.glob("*.txt")) for sample in read(path.read_text())]


def read(text: str) -> Iterator[Sample]:
    for block in text.strip().split("\n\n"):
        name, said, payload = block.split("\n")
        yield Sample(name, json.loads(said), bytes.fromhex(payload))


def on_topics() -> tuple[type[Message], ...]:
    """What must be readable for ever: every event and every brief."""
    return (*catalogue.events(), *catalogue.briefs().values())


def without_sample(samples: Iterable[Sample]) -> list[str]:
    """The fields of events and briefs, by full name, that no sample fills; or the whole type."""
    seen: dict[str, set[str]] = {}
    for sample in samples:
        seen.setdefault(sample.type, set()).update(sample.says)
    return [
        f"{cls.DESCRIPTOR.full_name}.{field.name}"
        for cls in on_topics()
        for field in cls.DESCRIPTOR.fields
        if field.json_name not in seen.get(cls.DESCRIPTOR.full_name, ())
    ]


def samples_of(cls: type[Message]) -> list[Message]:
    """Messages that fill every field between them: one for each alternative of a oneof."""
    alternatives = max((len(one.fields) for one in cls.DESCRIPTOR.oneofs), default=1)
    return [filled(cls, index) for index in range(alternatives)]


def filled(cls: type[Message], alternative: int = 0) -> Message:
    """A message with every field set; of each oneof the alternative of this number."""
    message = cls()
    for field in fields_of(cls):
        one = field.containing_oneof
        if one is None or one.fields.index(field) == alternative % len(one.fields):
            fill(message, field)
    return message


def fields_of(cls: type[Message]) -> tuple[FieldDescriptor, ...]:
    # The stubs also name the class by which Python's C extension implements a FieldDescriptor.
    return tuple(cast("FieldDescriptor", field) for field in cls.DESCRIPTOR.fields)


def fill(message: Message, field: FieldDescriptor) -> None:
    if field.message_type is not None:
        inner = an_inner(field.message_type)
        if field.is_repeated:
            getattr(message, field.name).append(inner)
        else:
            getattr(message, field.name).CopyFrom(inner)
    elif field.is_repeated:
        getattr(message, field.name).append(a_value(field))
    else:
        setattr(message, field.name, a_value(field))


def an_inner(descriptor: Descriptor) -> Message:
    if descriptor.full_name == "google.protobuf.Timestamp":
        return timestamp_pb2.Timestamp(seconds=1_709_521_200)
    if descriptor.full_name == "google.protobuf.Any":
        packed = any_pb2.Any()
        packed.Pack(filled(next(iter(catalogue.briefs().values()))))
        return packed
    return filled(catalogue.class_of(descriptor))


def a_value(field: FieldDescriptor) -> object:
    """A value that is not the default, and differs between fields of text."""
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        text = f"{field.name} ñ"
        return text.encode() if field.type == FieldDescriptor.TYPE_BYTES else text
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return True
    if field.enum_type is not None:
        return field.enum_type.values[-1].number
    return NUMBERS.get(field.cpp_type, 0.5)


def add_missing(folder: Path = FOLDER) -> list[Sample]:
    """Write samples for what has none, and return them."""
    missing = {name.rpartition(".")[0] for name in without_sample(kept(folder))}
    made = [
        Sample.of(message)
        for cls in on_topics()
        if cls.DESCRIPTOR.full_name in missing
        for message in samples_of(cls)
    ]
    folder.mkdir(exist_ok=True)
    for sample in made:
        path = folder / f"{sample.type.rpartition('.')[0]}.txt"
        before = path.read_text() + "\n" if path.exists() else ""
        path.write_text(before + sample.text())
    return made


if __name__ == "__main__":
    for added in add_missing():
        print(added.type)
