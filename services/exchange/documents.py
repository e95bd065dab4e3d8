"""What a ministry's programmers get, made from its agreements and from what its answers may be:
a JSON schema of each direction, and an AsyncAPI document of its three topics."""

import json
from pathlib import Path
from typing import Any

from estafet.exchange.v1.partner_pb2 import AnswerRefused
from google.protobuf.descriptor import FieldDescriptor

from services.exchange.agreements import AGREEMENTS, Agreement
from services.exchange.answers import ANSWERS
from services.exchange.names import errors_of, inbox_of, stream_of
from services.exchange.sealing import AGREEMENT_ENDED, ERASED
from services.exchange.sources import SOURCES

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TYPES = {
    FieldDescriptor.CPPTYPE_BOOL: "boolean",
    FieldDescriptor.CPPTYPE_INT32: "integer",
    FieldDescriptor.CPPTYPE_UINT32: "integer",
}


def write(ministry: str, folder: Path) -> None:
    """Put the documents into the ministry's folder."""
    for name, document in (
        ("stream.schema.json", stream_schema(ministry)),
        ("inbox.schema.json", {"$schema": DIALECT, **ANSWERS.json_schema()}),
        ("asyncapi.json", asyncapi(ministry)),
    ):
        (folder / name).write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def stream_schema(ministry: str) -> dict[str, Any]:
    """Every message that the ministry's stream may hold."""
    events = [_event(each.event, _data(each)) for each in AGREEMENTS.of(ministry)]
    return {"$schema": DIALECT, "title": f"the stream of {ministry}", "oneOf": events}


def errors_schema() -> dict[str, Any]:
    """Every message that the ministry's errors topic may hold."""
    described = AnswerRefused.DESCRIPTOR
    fields = {name: _field(described, name) for name in described.fields_by_name}
    return _event(described.full_name, _object(fields))


def asyncapi(ministry: str) -> dict[str, Any]:
    """The three topics, and what the ministry does with each."""
    topics = {
        "stream": (stream_of(ministry), stream_schema(ministry), "receive"),
        "errors": (errors_of(ministry), errors_schema(), "receive"),
        "inbox": (inbox_of(ministry), ANSWERS.json_schema(), "send"),
    }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": f"Estafet for {ministry}", "version": "1"},
        "defaultContentType": "application/cloudevents+json",
        "channels": {
            name: {"address": topic, "messages": {"event": {"payload": payload}}}
            for name, (topic, payload, _) in topics.items()
        },
        "operations": {
            name: {"action": action, "channel": {"$ref": f"#/channels/{name}"}}
            for name, (_, _, action) in topics.items()
        },
    }


def _data(agreement: Agreement) -> dict[str, Any]:
    fields, described = dict[str, Any](), agreement.event_type.DESCRIPTOR
    for name in agreement.fields:
        first, _, inner = name.partition(".")
        if not inner:
            fields[first] = _field(described, first)
            continue
        asked = fields.setdefault(first, {**_object({}), "type": ["object", "null"]})
        asked["properties"][inner] = _field(SOURCES[first].answer.DESCRIPTOR, inner)
        asked["required"].append(inner)
    return _object(fields)


def _object(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def _field(described: Any, name: str) -> dict[str, Any]:
    """64-bit numbers are texts, as protobuf's JSON has them."""
    return {"type": _TYPES.get(described.fields_by_name[name].cpp_type, "string")}


def _event(event: str, data: dict[str, Any]) -> dict[str, Any]:
    """A CloudEvent with its data, or with a tombstone in their place."""
    text = {"type": "string"}
    properties = {
        "specversion": {"const": "1.0"},
        "id": text,
        "source": {"const": "estafet.exchange"},
        "type": {"const": event},
        "time": {"type": "string", "format": "date-time"},
        "sequence": {"type": "string", "pattern": "^[1-9][0-9]*$"},
        "datacontenttype": {"const": "application/json"},
        "replayed": {"const": True},
        "tombstone": {"enum": [ERASED, AGREEMENT_ENDED]},
        "data": data,
    }
    needed = ["specversion", "id", "source", "type", "time", "sequence"]
    either = [{"required": ["data"]}, {"required": ["tombstone"]}]
    return {**_object(properties), "required": needed, "oneOf": either}
