"""Spans out of OTLP (protobuf), and into Zipkin's JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2

from infra.local.spans import Span

STATUS = {0: "unset", 1: "ok", 2: "error"}
# Zipkin knows no internal spans; they have no kind there.
ZIPKIN_KINDS = {"server", "client", "producer", "consumer"}


def decode(body: bytes) -> list[Span]:
    """The spans of an export; google.protobuf's DecodeError if it is none."""
    request = ExportTraceServiceRequest.FromString(body)
    return [
        _span(span, str(_attributes(resource.resource.attributes).get("service.name", "unknown")))
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def _span(span: trace_pb2.Span, service: str) -> Span:
    return Span(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex() or None,
        service=service,
        name=span.name,
        kind=trace_pb2.Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
        started_ns=span.start_time_unix_nano,
        ended_ns=span.end_time_unix_nano,
        status=STATUS[span.status.code],
        status_message=span.status.message,
        attributes=_attributes(span.attributes),
        links=tuple(_links(span)),
        events=tuple(_events(span)),
    )


def _links(span: trace_pb2.Span) -> Iterator[dict[str, Any]]:
    for link in span.links:
        yield {
            "trace_id": link.trace_id.hex(),
            "span_id": link.span_id.hex(),
            "attributes": _attributes(link.attributes),
        }


def _events(span: trace_pb2.Span) -> Iterator[dict[str, Any]]:
    for event in span.events:
        yield {
            "name": event.name,
            "time_ns": event.time_unix_nano,
            "attributes": _attributes(event.attributes),
        }


def _attributes(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    if kind == "array_value":
        return [_value(each) for each in value.array_value.values]
    if kind == "kvlist_value":
        return _attributes(value.kvlist_value.values)
    if kind == "bytes_value":
        return value.bytes_value.hex()
    return getattr(value, kind)


def zipkin(span: Span) -> dict[str, Any]:
    """A span as Zipkin's v2 JSON. It knows no links: they become tags, so that they can be seen."""
    tags = {name: _text(value) for name, value in span.attributes.items()}
    if span.status == "error":
        tags["error"] = span.status_message or "error"
    for number, link in enumerate(span.links, 1):
        tags[f"link.{number}"] = f"{link['trace_id']}/{link['span_id']}"
    made = {
        "traceId": span.trace_id,
        "id": span.span_id,
        "name": span.name,
        "timestamp": span.started_ns // 1000,
        "duration": max(1, (span.ended_ns - span.started_ns) // 1000),
        "localEndpoint": {"serviceName": span.service},
        "tags": tags,
        "annotations": [
            {"timestamp": event["time_ns"] // 1000, "value": event["name"]} for event in span.events
        ],
    }
    if span.parent_id:
        made["parentId"] = span.parent_id
    if span.kind in ZIPKIN_KINDS:
        made["kind"] = span.kind.upper()
    return made


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)
