"""Protos written by a test, to show that a rule refuses them."""

import itertools
from collections.abc import Sequence

from estafet.options.v1 import options_pb2
from google.protobuf.descriptor import Descriptor, MethodDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import Default
from google.protobuf.text_format import Parse

_numbers = itertools.count(1)
IMPORTS = (
    "estafet/options/v1/options.proto",
    "google/api/annotations.proto",
    "google/protobuf/any.proto",
    "google/protobuf/timestamp.proto",
    "buf/validate/validate.proto",
)


def a_field(
    name: str, kind: str = "TYPE_STRING", data: str = "DATA_INTERNAL", number: int = 1
) -> str:
    """A field as the text of its descriptor; `kind` may be a message's full name."""
    what = f"type: {kind}" if kind.startswith("TYPE_") else f'type_name: ".{kind}"'
    option = f"options {{ [estafet.options.v1.data]: {data} }}" if data else ""
    return f'field {{ name: "{name}" number: {number} label: LABEL_OPTIONAL {what} {option} }}'


def a_message(name: str, *parts: str) -> str:
    """A message as the text of its descriptor."""
    return f'message_type {{ name: "{name}" {" ".join(parts)} }}'


def an_event(*fields: str, topic: str = "{package}", key: str = "thing_id") -> Descriptor:
    """An event of these fields and a key, in a package of its own."""
    route = f'options {{ [estafet.options.v1.route] {{ topic: "{topic}" key: "{key}" }} }}'
    return messages(a_message("ThingDone", route, a_field("thing_id", number=100), *fields))[0]


def messages(*texts: str) -> Sequence[Descriptor]:
    """Messages in one file of a package that no other test has; {package} is its name."""
    file = _file(" ".join(texts))
    return [Default().FindMessageTypeByName(f"{file.package}.{m.name}") for m in file.message_type]


def a_call(
    *options: str,
    request: Sequence[str] = (),
    response: Sequence[str] = (),
    name: str = "DoThing",
) -> MethodDescriptor:
    """An rpc with these options, of a request and a response with these fields."""
    method = (
        f'method {{ name: "{name}" input_type: ".{{package}}.Request"'
        f' output_type: ".{{package}}.Response" options {{ {" ".join(options)} }} }}'
    )
    file = _file(
        a_message("Request", *request)
        + a_message("Response", *response)
        + f'service {{ name: "ThingService" {method} }}'
    )
    service = Default().FindServiceByName(f"{file.package}.ThingService")
    return service.methods_by_name[name]


def _file(text: str) -> FileDescriptorProto:
    assert options_pb2.DESCRIPTOR.name in IMPORTS
    package = f"estafet.draft{next(_numbers)}.v1"
    file = Parse(text.replace("{package}", package), FileDescriptorProto())
    file.name, file.package, file.syntax = f"{package}.proto", package, "proto3"
    file.dependency.extend(IMPORTS)
    Default().AddSerializedFile(file.SerializeToString())
    return file
