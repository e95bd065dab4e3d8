"""The trace of a start: one span per process, so that the pages show something at once."""

from __future__ import annotations

import secrets
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass, field

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from infra.local.progress import Timed

SERVICE = "infra.local"


@dataclass(frozen=True)
class StartTrace:
    """A trace that is sent in one piece at its end."""

    trace_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    @property
    def path(self) -> str:
        """Its page, below Zipkin's url."""
        return f"/zipkin/traces/{self.trace_id.hex()}"

    def send(self, receiver_url: str, steps: Sequence[Timed]) -> None:
        request = urllib.request.Request(  # noqa: S310 - our own receiver
            f"{receiver_url}/v1/traces",
            self._export(steps).SerializeToString(),
            {"Content-Type": "application/x-protobuf"},
        )
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310 - idem

    def _export(self, steps: Sequence[Timed]) -> ExportTraceServiceRequest:
        export = ExportTraceServiceRequest()
        resource = export.resource_spans.add()
        resource.resource.attributes.append(
            KeyValue(key="service.name", value=AnyValue(string_value=SERVICE))
        )
        root = secrets.token_bytes(8)
        whole = Timed(
            "make up",
            min(step.started_ns for step in steps),
            max(step.ended_ns for step in steps),
        )
        made = [self._span(whole, root, b"")]
        made += [self._span(step, secrets.token_bytes(8), root) for step in steps]
        resource.scope_spans.add().spans.extend(made)
        return export

    def _span(self, step: Timed, span_id: bytes, parent: bytes) -> Span:
        return Span(
            trace_id=self.trace_id,
            span_id=span_id,
            parent_span_id=parent,
            name=step.name,
            kind=Span.SPAN_KIND_INTERNAL,
            start_time_unix_nano=step.started_ns,
            end_time_unix_nano=step.ended_ns,
        )
