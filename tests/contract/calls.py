"""Rules on rpcs, read from descriptors: each gives what is wrong with one rpc."""

import re
from collections.abc import Iterable, Iterator, Mapping

from buf.validate import validate_pb2
from estafet.options.v1 import options_pb2
from google.api import annotations_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor

from services.chassis import catalogue
from services.chassis.permission import OWN_ROLES, ROLES

PERSONAL = (options_pb2.DATA_PERSONAL, options_pb2.DATA_SENSITIVE)
# Commands change nothing that a repetition would double.
WITHOUT_REQUEST_ID = frozenset({"OpenAccess", "OpenClarification", "OpenFile"})
MOST_PER_PAGE = 200


def our_calls() -> tuple[MethodDescriptor, ...]:
    """Every rpc of every service of ours."""
    return tuple(
        method
        for module in catalogue.modules()
        for service in module.DESCRIPTOR.services_by_name.values()
        for method in service.methods
    )


def permission_problems(method: MethodDescriptor) -> Iterator[str]:
    """Everybody is named who may call, and every field that the option names is there."""
    permission = catalogue.permission(method)
    if permission is None:
        yield "has no permission"
        return
    fields = method.input_type.fields_by_name
    named = bool(permission.roles or permission.holder or permission.own_matter)
    if permission.public == named:
        yield "is either public or names who may call it"
    yield from (f"knows no role {role}" for role in permission.roles if role not in ROLES)
    if permission.own_role and not permission.own_matter:
        yield "names an own_role without own_matter"
    if permission.own_role not in ("", *OWN_ROLES):
        yield f"knows no role {permission.own_role}"
    if bool(permission.matter_field) != (permission.holder or permission.own_matter):
        yield "names a matter_field exactly where holder or own_matter needs it"
    if permission.matter_field and not _is(fields, permission.matter_field, "TYPE_STRING"):
        yield f"has no string {permission.matter_field} in its request"
    if permission.urgent_field and not _is(fields, permission.urgent_field, "TYPE_BOOL"):
        yield f"has no bool {permission.urgent_field} in its request"


def _is(fields: Mapping[str, FieldDescriptor], name: str, kind: str) -> bool:
    found = fields.get(name)
    return found is not None and found.type == getattr(FieldDescriptor, kind)


def http(method: MethodDescriptor) -> tuple[str, str]:
    """The verb and path of an rpc; empty without an annotation."""
    rule = method.GetOptions().Extensions[annotations_pb2.http]
    verb = rule.WhichOneof("pattern") or ""
    return verb, str(getattr(rule, verb)) if verb else ""


def is_between_services(method: MethodDescriptor) -> bool:
    """Whether only services may call it."""
    permission = catalogue.permission(method)
    return permission is not None and list(permission.roles) == ["service"]


def http_problems(method: MethodDescriptor) -> Iterator[str]:
    """It is at the door: GET without a body to read, POST with the whole message to change.

    What only services call is not.
    """
    verb, path = http(method)
    if is_between_services(method):
        if verb:
            yield "is at the door, where no service calls"
        return
    if verb not in ("get", "post"):
        yield "has no http annotation with get or post"
        return
    if method.GetOptions().Extensions[annotations_pb2.http].body != ("*" if verb == "post" else ""):
        yield 'has body "*" exactly when it is a post'
    if not path.startswith("/v1/"):
        yield f"lies outside of /v1/: {path}"
    fields = method.input_type.fields_by_name
    for name in re.findall(r"{([^}=]+)", path):
        if not _is(fields, name, "TYPE_STRING"):
            yield f"has no string {name} in its request"


def request_problems(method: MethodDescriptor) -> Iterator[str]:
    """A command is safe to repeat, a list comes in pages, personal data are read for a purpose."""
    verb, _ = http(method)
    fields = method.input_type.fields_by_name
    if verb == "post" and method.name not in WITHOUT_REQUEST_ID:
        yield from _command_problems(fields)
    if verb == "get" and "request_id" in fields:
        yield "is a get with a request_id"
    if method.name.startswith("List"):
        yield from _list_problems(method)
    permission = catalogue.permission(method)
    own = permission is not None and permission.own_matter
    if verb == "get" and is_personal(method.output_type) and not own and "purpose" not in fields:
        yield "reads personal data without a purpose"


def _command_problems(fields: Mapping[str, FieldDescriptor]) -> Iterator[str]:
    request_id = fields.get("request_id")
    if request_id is None or request_id.number != 1:
        yield "is a command whose first field is no request_id"
    elif not _rules(request_id).string.uuid:
        yield "takes a request_id that is no uuid"


def _list_problems(method: MethodDescriptor) -> Iterator[str]:
    fields = method.input_type.fields_by_name
    size = fields.get("page_size")
    if size is None or not 0 < _rules(size).int32.lte <= MOST_PER_PAGE:
        yield f"is a list without a page_size of at most {MOST_PER_PAGE}"
    if "page_token" not in fields or "next_page_token" not in method.output_type.fields_by_name:
        yield "is a list without page_token and next_page_token"


def _rules(field: FieldDescriptor) -> validate_pb2.FieldRules:
    rules: validate_pb2.FieldRules = field.GetOptions().Extensions[validate_pb2.field]
    return rules


def is_personal(message: Descriptor, above: tuple[str, ...] = ()) -> bool:
    """Whether a message holds personal or sensitive data, however deep."""
    if message.full_name in above:
        return False
    return any(
        catalogue.classification(field) in PERSONAL
        or (field.message_type and is_personal(field.message_type, (*above, message.full_name)))
        for field in message.fields
    )


def at_one_place(methods: Iterable[MethodDescriptor]) -> list[str]:
    """The rpcs that share verb and path with another, whatever their path's fields are called."""
    places: dict[tuple[str, str], list[str]] = {}
    for method in methods:
        verb, path = http(method)
        place = verb, re.sub(r"{[^}]+}", "{}", path)
        places.setdefault(place, []).append(method.full_name)
    return [" and ".join(names) for names in places.values() if len(names) > 1]
