"""Spans: made here, sent by OTLP, carried in W3C headers through gRPC, the outbox and Kafka.

OpenTelemetry's Kafka instrumentation is not used: its receive span ends before the handler starts
(docs/decisions/0002). One unbroken automatic chain is one trace; what a person or an operator
starts later is a new trace that links back and names the old one in `estafet.caused_by_trace`.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar

from opentelemetry import trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, Span, SpanKind, Status, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

CAUSED_BY = "estafet.caused_by_trace"
JOURNEY = "journey_id"
PARENT = "traceparent"
JOURNEY_HEADER = "estafet-journey"
FLUSH_SECONDS = 1.0

_journey: ContextVar[str] = ContextVar("journey", default="")
_provider: TracerProvider | None = None
_w3c = TraceContextTextMapPropagator()
# It stands for that of the provider as soon as there is one. To ask for it anew costs as much as a
# span, and changes the filters of warnings, which is not for many threads.
_tracer = trace.get_tracer("estafet")


def setup(service: str, endpoint: str, replica: str = "") -> None:
    """Send this process's spans to an OTLP/HTTP base url; without one nothing is recorded."""
    global _provider  # noqa: PLW0603 - OpenTelemetry has one provider per process by design
    if not endpoint or _provider is not None:
        return
    from services.chassis.spans import Exporter

    resource = Resource.create({"service.name": service, "service.instance.id": replica})
    _provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    exporter = Exporter(endpoint=f"{endpoint}/v1/traces", timeout=5)
    # How often it sends is OTEL_BSP_SCHEDULE_DELAY, in milliseconds; OpenTelemetry says 5000.
    _provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=8192))
    trace.set_tracer_provider(_provider)


def flush() -> None:
    """Send what is left, for at most a second: a dead receiver never delays a stop."""
    if _provider is None:
        return
    # force_flush does not keep to the time it is given (seen in 1.45.2): it is left behind.
    flushing = threading.Thread(target=_provider.force_flush, name="flush", daemon=True)
    flushing.start()
    flushing.join(FLUSH_SECONDS)


def tracer() -> trace.Tracer:
    """The tracer of every span we make."""
    return _tracer


def carried() -> dict[str, str]:
    """The current span as W3C headers; empty outside a span."""
    headers: dict[str, str] = {}
    _w3c.inject(headers)
    return headers


def context_of(headers: Mapping[str, str]) -> Context:
    """The remote span that W3C headers name, as a context to be a parent."""
    return _w3c.extract(headers)


def link_to(headers: Mapping[str, str]) -> Link | None:
    """A link to the span that W3C headers name, or None when they name none."""
    context = trace.get_current_span(context_of(headers)).get_span_context()
    return Link(context) if context.is_valid else None


def current_trace_id() -> str:
    """The current trace as 32 hex digits; empty outside one."""
    context = trace.get_current_span().get_span_context()
    return format(context.trace_id, "032x") if context.is_valid else ""


def current_journey() -> str:
    """The journey that the current work belongs to, once it is known."""
    return _journey.get()


def set_journey(journey_id: str) -> None:
    """Name the journey of the current work: on its span and on its log lines."""
    _journey.set(journey_id)
    trace.get_current_span().set_attribute(JOURNEY, journey_id)


def link_back(traceparent: str) -> None:
    """Link the current span to the trace that led to it, unless that is its own."""
    cause = link_to({PARENT: traceparent}) if traceparent else None
    span = trace.get_current_span()
    if cause is None or cause.context.trace_id == span.get_span_context().trace_id:
        return
    span.add_link(cause.context)
    span.set_attribute(CAUSED_BY, format(cause.context.trace_id, "032x"))


def child(
    name: str, kind: SpanKind, parent: Mapping[str, str], **attributes: str
) -> AbstractContextManager[Span]:
    """A span whose parent is the span that the headers name (a new trace when they name none)."""
    return _span(name, kind, context_of(parent), (), attributes)


def linked(
    name: str, kind: SpanKind, causes: Sequence[Mapping[str, str]], **attributes: str
) -> AbstractContextManager[Span]:
    """A new trace that links back to the spans that caused it."""
    links = [link for link in map(link_to, causes) if link is not None]
    if len(links) == 1:
        attributes[CAUSED_BY] = format(links[0].context.trace_id, "032x")
    return _span(name, kind, Context(), links, attributes)


@contextmanager
def _span(
    name: str,
    kind: SpanKind,
    context: Context,
    links: Sequence[Link],
    attributes: Mapping[str, str],
) -> Iterator[Span]:
    span = tracer().start_span(name, context, kind, dict(attributes), links)
    journey, current = _journey.set(""), attach(set_span_in_context(span, context))
    try:
        yield span
    finally:
        detach(current)
        _journey.reset(journey)
        span.end()


def failed(span: Span, what: str) -> None:
    """Mark a span as failed, with a code and never a text that a person wrote."""
    span.set_status(Status(StatusCode.ERROR, what))
