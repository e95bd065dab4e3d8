"""Our encoder of spans says the same as OpenTelemetry's."""

from collections.abc import Mapping, Sequence

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.exporter.otlp.proto.http.version import __version__
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode, get_current_span

from services.chassis import spans
from services.chassis.telemetry import context_of

REMOTE = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
STATED = REMOTE | {"tracestate": "vendor=1"}
TEXTS = {"journey_id": "c-1", "estafet.event": "estafet.complaint.v1.ComplaintTriaged"}


@pytest.fixture
def ended() -> InMemorySpanExporter:
    return InMemorySpanExporter()


def made(
    ended: InMemorySpanExporter,
    *spans_of: tuple[SpanKind, Mapping[str, str], Mapping[str, object]],
) -> Sequence[ReadableSpan]:
    """Spans that have ended: the kind, the headers of the parent and the attributes of each."""
    provider = TracerProvider(resource=Resource({"service.name": "trial"}), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(ended))
    tracer = provider.get_tracer("trial")
    for kind, parent, attributes in spans_of:
        tracer.start_span("an act", context_of(parent), kind, dict(attributes)).end()  # type: ignore[arg-type]
    return ended.get_finished_spans()


def test_usual_spans_of_every_kind_are_the_same(ended: InMemorySpanExporter) -> None:
    kinds = [(kind, parent, TEXTS) for kind in SpanKind for parent in (REMOTE, {})]
    found = made(ended, *kinds, (SpanKind.SERVER, {}, {}))
    assert spans.encode(found) == encode_spans(found)


def test_links_are_the_same_whether_they_say_more_or_not(ended: InMemorySpanExporter) -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(ended))
    tracer = provider.get_tracer("trial")
    near = made(InMemorySpanExporter(), (SpanKind.SERVER, {}, {}))[0].get_span_context()
    far = get_current_span(context_of(REMOTE)).get_span_context()
    assert near is not None
    plain, more = [Link(near), Link(far)], [Link(near), Link(far, {"why": "it was asked again"})]
    for links in ([], plain, plain[:1], plain[1:], more, plain):
        tracer.start_span("an act", links=links, attributes=TEXTS).end()
    found = ended.get_finished_spans()
    assert _in_order(spans.encode(found)) == _in_order(encode_spans(found))
    usual = [span for span in found if not any(link.attributes for link in span.links)]
    assert spans.encode(usual) == encode_spans(usual)


def test_no_span_is_sent_twice_or_forgotten_where_some_are_unusual(
    ended: InMemorySpanExporter,
) -> None:
    usual = (SpanKind.CONSUMER, REMOTE, TEXTS)
    found = made(
        ended,
        usual,
        (SpanKind.CONSUMER, STATED, TEXTS),
        (SpanKind.CONSUMER, REMOTE, {"number": 3, "names": ("a", "b"), "flag": True}),
        usual,
    )
    assert _in_order(spans.encode(found)) == _in_order(encode_spans(found))


@pytest.mark.parametrize("what", ["failed", "linked", "noted"])
def test_one_that_has_more_to_tell_tells_it(ended: InMemorySpanExporter, what: str) -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(ended))
    span = provider.get_tracer("trial").start_span("an act")
    _tell(span, what)
    span.end()
    found = ended.get_finished_spans()
    assert spans.encode(found) == encode_spans(found)


def test_the_version_that_was_read_is_the_one_in_use() -> None:
    """Another one is used as it is: read it, then say so in `spans.READ`."""
    assert __version__ == spans.READ


def _tell(span: Span, what: str) -> None:
    if what == "failed":
        span.set_status(Status(StatusCode.ERROR, "NotFound"))
    elif what == "linked":
        cause = made(InMemorySpanExporter(), (SpanKind.SERVER, {}, {}))[0].get_span_context()
        assert cause is not None
        span.add_link(Link(cause).context)
    else:
        span.add_event("seen")


def _in_order(request: object) -> list[bytes]:
    return sorted(
        span.SerializeToString()
        for resource in request.resource_spans  # type: ignore[attr-defined]
        for scope in resource.scope_spans
        for span in scope.spans
    )
