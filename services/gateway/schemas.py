"""Messages as JSON Schema (2020-12), with rules, comments and how sensitive each field is."""

from collections.abc import Collection, Mapping

from estafet.options.v1 import options_pb2
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor

from services.gateway.rules import excluded_values, keywords, must_be_sent

Schema = dict[str, object]
# Chosen by the door when it is missing.
GIVEN = frozenset({"request_id"})
WELL_KNOWN: Mapping[str, Schema] = {
    "google.protobuf.Timestamp": {"type": "string", "format": "date-time"},
    "google.protobuf.Duration": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?s$"},
}
SCALARS: Mapping[int, Schema] = {
    FieldDescriptor.CPPTYPE_STRING: {"type": "string"},
    FieldDescriptor.CPPTYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.CPPTYPE_INT32: {"type": "integer", "format": "int32"},
    FieldDescriptor.CPPTYPE_UINT32: {"type": "integer", "format": "int64", "minimum": 0},
    # Answered as text, since JavaScript's numbers cannot hold them; a number is accepted too.
    FieldDescriptor.CPPTYPE_INT64: {"type": ["string", "integer"], "format": "int64"},
    FieldDescriptor.CPPTYPE_UINT64: {"type": ["string", "integer"], "format": "uint64"},
    FieldDescriptor.CPPTYPE_DOUBLE: {"type": "number", "format": "double"},
    FieldDescriptor.CPPTYPE_FLOAT: {"type": "number", "format": "float"},
}


class Schemas:
    """Schemas of messages; those that others contain are collected as components."""

    def __init__(self, comments: Mapping[str, str]) -> None:
        self.components: dict[str, Schema] = {}
        self._comments = comments

    def comment(self, name: str) -> str:
        """What the proto says of a name; empty if nothing."""
        return self._comments.get(name, "")

    def of_message(self, message: Descriptor, without: Collection[str] = ()) -> Schema:
        """The schema of a message, without some of its fields."""
        fields = [field for field in message.fields if field.name not in without]
        schema: Schema = {
            "type": "object",
            "properties": {field.name: self.of_field(field) for field in fields},
            "additionalProperties": False,
        }
        needed = [field.name for field in fields if must_be_sent(field) and field.name not in GIVEN]
        if needed:
            schema["required"] = needed
        return self._described(schema, message.full_name)

    def of_field(self, field: FieldDescriptor) -> Schema:
        """The schema of one field, repeated or not."""
        one = self._of_one(field)
        schema: Schema = {"type": "array", "items": one} if field.is_repeated else one
        schema |= keywords(field)
        data = field.GetOptions().Extensions[options_pb2.data]
        if data:
            schema["x-estafet-data"] = options_pb2.Data.Name(data).removeprefix("DATA_").lower()
        return self._described(schema, field.full_name)

    def refer(self, message: Descriptor) -> Schema:
        """A reference to a message's component, which is made when first asked for."""
        if message.full_name in WELL_KNOWN:
            return dict(WELL_KNOWN[message.full_name])
        if message.full_name not in self.components:
            self.components[message.full_name] = {}
            self.components[message.full_name] = self.of_message(message)
        return {"$ref": f"#/components/schemas/{message.full_name}"}

    def _of_one(self, field: FieldDescriptor) -> Schema:
        if field.enum_type is not None:
            return self._of_enum(field.enum_type, excluded_values(field))
        if field.message_type is not None:
            return self.refer(field.message_type)
        return dict(SCALARS[field.cpp_type])

    def _of_enum(self, enum: EnumDescriptor, excluded: Collection[int]) -> Schema:
        values = [value for value in enum.values if value.number not in excluded]
        told = [(value.name, self.comment(f"{enum.full_name}.{value.name}")) for value in values]
        schema: Schema = {"type": "string", "enum": [name for name, _ in told]}
        lines = [f"{name}: {text}" for name, text in told if text]
        if lines:
            schema["description"] = "\n".join(lines)
        return schema

    def _described(self, schema: Schema, name: str) -> Schema:
        parts = [self.comment(name), str(schema.get("description", ""))]
        text = "\n".join(part for part in parts if part)
        return {**schema, "description": text} if text else schema
