"""One server span per request, joined to the caller's trace and the deputy's, nothing personal."""

import logging
from dataclasses import dataclass, field
from uuid import uuid4

import httpx
import pytest
from estafet.complaint.v1 import service_pb2 as pb
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind

from services.chassis.logs import JsonLines
from tests.gateway.deputies import Deputy, refusing
from tests.gateway.spans import Spans

COMPLAINT = "0190d5c2-0000-7000-8000-000000000001"


@dataclass
class Trace:
    """A caller's own trace, by which a test finds its spans among those of others."""

    trace_id: str = field(default_factory=lambda: uuid4().hex)

    @property
    def headers(self) -> dict[str, str]:
        return {"traceparent": f"00-{self.trace_id}-00f067aa0ba902b7-01"}

    def span(self, spans: Spans, kind: SpanKind) -> ReadableSpan:
        return spans.wait_for(
            lambda s: f"{s.context.trace_id:032x}" == self.trace_id and s.kind is kind
        )


def test_the_callers_trace_goes_on_through_the_door_to_the_deputy(
    door: httpx.Client, deputy: Deputy, spans: Spans
) -> None:
    ours = Trace()
    answer = door.get(f"/v1/complaints/{COMPLAINT}/status", headers=ours.headers)
    server, client = ours.span(spans, SpanKind.SERVER), ours.span(spans, SpanKind.CLIENT)
    assert answer.headers["x-trace-id"] == ours.trace_id
    assert server.name == "GET /v1/complaints/{complaint_id}/status"
    assert client.name == "estafet.complaint.v1.ComplaintService/GetStatus"
    inner = f"00-{ours.trace_id}-{client.context.span_id:016x}-01"
    assert deputy.calls[0].metadata["traceparent"] == inner


def test_the_journey_is_known_from_the_path(
    door: httpx.Client, deputy: Deputy, spans: Spans
) -> None:
    ours = Trace()
    door.get(f"/v1/complaints/{COMPLAINT}/status", headers=ours.headers)
    assert (ours.span(spans, SpanKind.SERVER).attributes or {})["journey_id"] == COMPLAINT


def test_the_journey_of_a_new_complaint_is_known_from_the_answer(
    door: httpx.Client, deputy: Deputy, spans: Spans
) -> None:
    ours = Trace()
    deputy.answers["FileComplaint"] = lambda *_: pb.FileComplaintResponse(complaint_id=COMPLAINT)
    door.post("/v1/complaints", json={"narrative": "what happened"}, headers=ours.headers)
    assert (ours.span(spans, SpanKind.SERVER).attributes or {})["journey_id"] == COMPLAINT


def test_nothing_that_a_person_sent_is_in_a_span_or_a_log_line(
    door: httpx.Client, deputy: Deputy, spans: Spans, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "estafet")
    caplog.set_level(logging.WARNING, "httpx")  # the test's own client
    caplog.handler.setFormatter(JsonLines("gateway"))
    last = Trace()
    deputy.answers["GetComplaint"] = refusing(RuntimeError("CANARY-inner"))
    door.post("/v1/complaints", json={"narrative": "CANARY-body", "CANARY-name": "CANARY-value"})
    door.get("/v1/complaints/CANARY-path", params={"purpose": "CANARY-query"})
    door.get("/CANARY-nowhere", headers={"Authorization": "Bearer CANARY-token"})
    follow = {"number": "CANARY-number", "secret": "CANARY-secret"}
    door.post("/follow", data=follow, headers=last.headers)
    last.span(spans, SpanKind.SERVER)
    written = caplog.text + "".join(span.to_json() for span in spans.ended)
    assert "CANARY" not in written
    assert '"route": "/v1/complaints/{complaint_id}"' in caplog.text
