"""JSON, query and path to a request message, and an answer to JSON.

Names may come as snake_case or lowerCamelCase; answers are snake_case, with every field that has
no presence printed. 64-bit integers are accepted as numbers or text and answered as text.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from services.gateway.problems import FieldError, Problem
from services.gateway.rpcs import Rpc

MOST_ERRORS = 20
BOOLEANS = {"true": True, "false": False}
KINDS = {
    FieldDescriptor.CPPTYPE_STRING: "text",
    FieldDescriptor.CPPTYPE_BOOL: "true or false",
    FieldDescriptor.CPPTYPE_MESSAGE: "an object",
    FieldDescriptor.CPPTYPE_DOUBLE: "a number",
    FieldDescriptor.CPPTYPE_FLOAT: "a number",
}


def invalid(errors: Iterable[FieldError]) -> Problem:
    """The problem of fields that do not fit."""
    found = tuple(islice(errors, MOST_ERRORS))
    names = ", ".join(error.field for error in found) or "the request"
    return Problem(400, "INVALID", f"cannot be read: {names}", errors=found)


def from_query(rpc: Rpc, pairs: Iterable[tuple[str, str]]) -> dict[str, object]:
    """A document out of query parameters: scalars, enums by name, repeated ones again and again."""
    document: dict[str, object] = {}
    for name, text in pairs:
        field = field_named(rpc.input, name)
        if field is None:
            raise invalid([FieldError(name[:80], "unknown_field", "no such parameter")])
        is_bool = field.cpp_type == FieldDescriptor.CPPTYPE_BOOL
        value: object = BOOLEANS.get(text, text) if is_bool else text
        if field.is_repeated:
            values = document.setdefault(field.name, [])
            assert isinstance(values, list)  # noqa: S101 - the line above made it
            values.append(value)
        elif field.name in document:
            raise invalid([FieldError(name, "repeated", "may be given once only")])
        else:
            document[field.name] = value
    return document


def to_message(
    rpc: Rpc, document: Mapping[str, object], path: Mapping[str, str], request_id: str
) -> Message:
    """The request; the path wins its fields, and a `request_id` is put where none was sent."""
    merged = dict(document)
    for name, value in path.items():
        if merged.setdefault(name, value) != value:
            raise invalid([FieldError(name, "path", "differs from the one in the path")])
    message = rpc.request()
    try:
        json_format.ParseDict(merged, message)
    except (json_format.ParseError, UnicodeError):
        raise invalid(faults(rpc.input, merged)) from None
    if torn := [name for name, value in merged.items() if _has_nul(value)]:
        raise invalid(FieldError(name, "no_nul", "must not hold U+0000") for name in torn)
    if rpc.needs_request_id and not message.request_id:  # type: ignore[attr-defined] # just asked
        message.request_id = request_id  # type: ignore[attr-defined] # idem
    return message


def to_json(message: Message) -> bytes:
    """The answer's body."""
    return json.dumps(
        json_format.MessageToDict(
            message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
        ),
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode()


def field_named(descriptor: Descriptor, name: str) -> FieldDescriptor | None:
    """A field by either of its names."""
    return descriptor.fields_by_name.get(name) or descriptor.fields_by_camelcase_name.get(name)


def faults(
    descriptor: Descriptor, document: Mapping[str, object], prefix: str = ""
) -> Iterator[FieldError]:
    """Each field of a document that its message cannot hold, without the value.

    json_format's own error repeats values, which may be somebody's name.
    """
    for name, value in document.items():
        where = f"{prefix}{name}"[:200]
        field = field_named(descriptor, name)
        if field is None:
            yield FieldError(where, "unknown_field", f"{descriptor.name} has no such field")
        elif _fits(descriptor, field, value):
            continue
        elif inner := list(_inner_faults(field, value, where)):
            yield from inner
        else:
            yield FieldError(where, "type", f"must be {expected(field)}")


def _has_nul(value: object) -> bool:
    """PostgreSQL cannot keep U+0000, and no person types it."""
    if isinstance(value, dict):
        return any(map(_has_nul, value.values()))
    if isinstance(value, list):
        return any(map(_has_nul, value))
    return isinstance(value, str) and "\0" in value


def expected(field: FieldDescriptor) -> str:
    """What a field holds, in words."""
    one = KINDS.get(field.cpp_type, "a whole number")
    if field.enum_type is not None:
        one = f"a name of {field.enum_type.name}"
    if field.message_type is not None and field.message_type.name == "Timestamp":
        one = "an instant such as 2024-01-31T09:00:00Z"
    return f"a list, each {one}" if field.is_repeated else one


def _fits(descriptor: Descriptor, field: FieldDescriptor, value: object) -> bool:
    try:
        json_format.ParseDict({field.name: value}, GetMessageClass(descriptor)())
    except (json_format.ParseError, UnicodeError):
        return False
    return True


def _inner_faults(field: FieldDescriptor, value: object, where: str) -> Iterator[FieldError]:
    inner = field.message_type
    if inner is None or inner.file.package == "google.protobuf":
        return
    if isinstance(value, dict):
        yield from faults(inner, value, f"{where}.")
    elif isinstance(value, list) and field.is_repeated:
        for position, item in enumerate(value):
            if isinstance(item, dict):
                yield from faults(inner, item, f"{where}[{position}].")
