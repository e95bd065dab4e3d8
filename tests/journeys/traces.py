"""Exported spans as edges: which hop led to which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from infra.local.spans import Span

PERSON = "(a person)"
CLOCK = "(a clock)"
LOST = "(a span that was not exported)"

Edge = tuple[str, str, str]
ById = Mapping[tuple[str, str], Span]


def edges(spans: Iterable[Span]) -> set[Edge]:
    """Every hop: (parent, child, how)."""
    by_id = _by_id(spans)
    return {
        (chain_of(span, by_id)[-2], span.name, how(span)) for span in by_id.values() if how(span)
    }


def chains(spans: Iterable[Span]) -> set[tuple[str, ...]]:
    """For every hop, all hops to it, from a person or a clock on."""
    by_id = _by_id(spans)
    return {chain_of(span, by_id) for span in by_id.values() if how(span)}


def chain_of(span: Span, by_id: ById) -> tuple[str, ...]:
    """The hops that led to a span, from a person or a clock on; a client's span stands for its
    parent."""
    if span.parent_id is None:
        return CLOCK if span.kind == "internal" else PERSON, span.name
    parent = by_id.get((span.trace_id, span.parent_id))
    if parent is None:
        return LOST, span.name
    above = chain_of(parent, by_id)
    return (*above[:-1], *([above[-1]] if parent.kind != "client" else []), span.name)


def how(span: Span) -> str:
    """By what a span's work came: http, grpc, kafka or clock; empty for work that did not come."""
    if span.kind == "server":
        return "http" if span.service == "gateway" else "grpc"
    return {"consumer": "kafka", "internal": "clock"}.get(span.kind, "")


def _by_id(spans: Iterable[Span]) -> ById:
    return {(span.trace_id, span.span_id): span for span in spans}
