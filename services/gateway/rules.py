"""protovalidate's rules of a field as JSON Schema keywords."""

import re
from collections.abc import Mapping

from buf.validate import validate_pb2
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

LENGTHS = {
    "min_len": "minLength",
    "max_len": "maxLength",
    "pattern": "pattern",
    "min_items": "minItems",
    "max_items": "maxItems",
    "gte": "minimum",
    "gt": "exclusiveMinimum",
    "lte": "maximum",
    "lt": "exclusiveMaximum",
}
FORMATS = ("uuid", "email", "hostname", "uri")


def rules_of(field: FieldDescriptor) -> validate_pb2.FieldRules:
    """The rules of a field; empty if it has none."""
    return field.GetOptions().Extensions[validate_pb2.field]


def _typed(field: FieldDescriptor) -> Message | None:
    rules = rules_of(field)
    kind = rules.WhichOneof("type")
    found: Message | None = getattr(rules, kind) if kind else None
    return found


def keywords(field: FieldDescriptor) -> Mapping[str, object]:
    """The keywords that a field's rules are; rules that JSON Schema cannot say are left out."""
    typed = _typed(field)
    if typed is None:
        return {}
    found: dict[str, object] = {}
    for rule, value in typed.ListFields():
        if rule.name in LENGTHS:
            found[LENGTHS[rule.name]] = value
        elif rule.name in FORMATS and value:
            found["format"] = rule.name
        elif rule.name == "in" and field.enum_type is None:
            found["enum"] = list(value)
    return found


def excluded_values(field: FieldDescriptor) -> frozenset[int]:
    """The numbers of an enum that its rules do not allow."""
    typed = _typed(field)
    return frozenset(getattr(typed, "not_in", ())) if field.enum_type is not None else frozenset()


def must_be_sent(field: FieldDescriptor) -> bool:
    """Whether the field's empty value breaks its own rules."""
    if rules_of(field).required:
        return True
    if field.has_presence:
        return False
    found = keywords(field)
    at_least = (found.get("minLength"), found.get("minItems"), found.get("minimum"))
    return (
        any(isinstance(bound, int | float) and bound > 0 for bound in at_least)
        or "exclusiveMinimum" in found
        or "format" in found
        or 0 in excluded_values(field)
        or re.search(str(found.get("pattern", "")), "") is None
    )
