"""The protos' comments, which generated Python has not, by the full name of what they describe."""

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from estafet.options.v1 import options_pb2
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
)

Place = tuple[int, ...]
BREAK = re.compile(r"\n(?![A-Z_]{4,}:|\n)")
Named = Iterator[tuple[str, Place]]
# Field numbers of descriptor.proto, of which a place is made.
MESSAGES, ENUMS, SERVICES = 4, 5, 6
FIELDS, NESTED, NESTED_ENUMS, VALUES, METHODS = 2, 3, 4, 2, 2


def built_descriptors() -> Path:
    """Where protos/build.py wrote the descriptors with their comments."""
    generated = sys.modules[options_pb2.__name__].__file__ or ""
    return Path(generated).parents[3] / "descriptors.binpb"


def read_comments(path: Path) -> Mapping[str, str]:
    """Comments by full name; an enum's value as `package.Enum.VALUE`. Empty without the file."""
    if not path.exists():
        return {}
    found: dict[str, str] = {}
    for file in FileDescriptorSet.FromString(path.read_bytes()).file:
        texts = {
            tuple(at.path): at.leading_comments
            for at in file.source_code_info.location
            if at.leading_comments
        }
        found.update((name, _clean(texts[at])) for name, at in _named(file) if at in texts)
    return found


def _clean(text: str) -> str:
    """Without the protos' line breaks, except before an error that an rpc can return."""
    return BREAK.sub(" ", "\n".join(line.strip() for line in text.strip().splitlines()))


def _named(file: FileDescriptorProto) -> Named:
    for i, message in enumerate(file.message_type):
        yield from _in_message(message, f"{file.package}.{message.name}", (MESSAGES, i))
    for i, enum in enumerate(file.enum_type):
        yield from _in_enum(enum, f"{file.package}.{enum.name}", (ENUMS, i))
    for i, service in enumerate(file.service):
        name = f"{file.package}.{service.name}"
        yield name, (SERVICES, i)
        for j, method in enumerate(service.method):
            yield f"{name}.{method.name}", (SERVICES, i, METHODS, j)


def _in_message(message: DescriptorProto, name: str, at: Place) -> Named:
    yield name, at
    for i, field in enumerate(message.field):
        yield f"{name}.{field.name}", (*at, FIELDS, i)
    for i, nested in enumerate(message.nested_type):
        yield from _in_message(nested, f"{name}.{nested.name}", (*at, NESTED, i))
    for i, enum in enumerate(message.enum_type):
        yield from _in_enum(enum, f"{name}.{enum.name}", (*at, NESTED_ENUMS, i))


def _in_enum(enum: EnumDescriptorProto, name: str, at: Place) -> Named:
    yield name, at
    for i, value in enumerate(enum.value):
        yield f"{name}.{value.name}", (*at, VALUES, i)
