"""Sends spans by OTLP/HTTP as OpenTelemetry's exporter does, and encodes them in a quarter of its
time: it builds every span out of a message for each of its parts and copies them twice.

Spans of the usual kind are written straight into the request; any other (one that failed, has
events, attributes that are no text, or links that say more than to what) is left to OpenTelemetry's
encoder.
"""

from collections.abc import Sequence

import opentelemetry.exporter.otlp.proto.http.version as exporter
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans, SpanFlags
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.trace import StatusCode

READ = "1.45.2"
_LOCAL = SpanFlags.SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK
_REMOTE = _LOCAL | SpanFlags.SPAN_FLAGS_CONTEXT_IS_REMOTE_MASK


class Exporter(OTLPSpanExporter):
    """OpenTelemetry's exporter with a shorter way to the bytes, in the version that was read."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send spans, again and again until the time is up; FAILURE says that they are lost."""
        if exporter.__version__ != READ:
            return super().export(spans)
        sent = self._client.export(encode(spans).SerializeToString())
        return SpanExportResult.SUCCESS if sent.success else SpanExportResult.FAILURE


def encode(spans: Sequence[ReadableSpan]) -> ExportTraceServiceRequest:
    """The request for spans of one process: it says the same as that of `encode_spans`."""
    usual = [span for span in spans if _is_usual(span)]
    # The first of them brings resource and scope, which all share, into the request.
    request = encode_spans(usual[:1])
    for span in usual[1:]:
        _add(request.resource_spans[0].scope_spans[0], span)
    if len(usual) < len(spans):
        request.MergeFrom(encode_spans([span for span in spans if not _is_usual(span)]))
    return request


def _is_usual(span: ReadableSpan) -> bool:
    return not (
        span.status.status_code is not StatusCode.UNSET
        or span.events
        or span.dropped_attributes
        or span.dropped_links
        or span.context.trace_state
        or any(type(value) is not str for value in (span.attributes or {}).values())
        or any(link.attributes or link.dropped_attributes for link in span.links)
    )


def _add(scope: ScopeSpans, span: ReadableSpan) -> None:
    context, parent = span.context, span.parent
    added = scope.spans.add(
        trace_id=context.trace_id.to_bytes(16),
        span_id=context.span_id.to_bytes(8),
        parent_span_id=parent.span_id.to_bytes(8) if parent else b"",
        name=span.name,
        kind=span.kind.value + 1,
        start_time_unix_nano=span.start_time,
        end_time_unix_nano=span.end_time,
        status={},
        flags=_REMOTE if parent and parent.is_remote else _LOCAL,
    )
    for name, value in (span.attributes or {}).items():
        added.attributes.add(key=name).value.string_value = str(value)
    for link in span.links:
        added.links.add(
            trace_id=link.context.trace_id.to_bytes(16),
            span_id=link.context.span_id.to_bytes(8),
            flags=_REMOTE if link.context.is_remote else _LOCAL,
        )
