"""The OTLP receiver: keeps every span, answers questions, shows Zipkin what it can."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import Link, Status, StatusCode

from infra.local.forwarder import Forwarder
from infra.local.loopback import Answer, Request, server
from infra.local.receiver import Receiver
from infra.local.spans import Span, Spans
from tests.support.plain_http import NO_TLS
from tests.support.waiting import until


class Pages:
    """Stands where Zipkin stands and remembers what it was shown."""

    def __init__(self, status: int = 202) -> None:
        self.shown: list[dict[str, Any]] = []
        self.status = status

    def take(self, request: Request) -> Answer:
        if self.status == 202:
            self.shown += json.loads(request.body)
        return Answer(b"", self.status)


@contextmanager
def listening(made: ThreadingHTTPServer) -> Iterator[str]:
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    made.server_close()
    thread.join()


@contextmanager
def receiving(path: Path, forwarder: Forwarder | None = None) -> Iterator[str]:
    if forwarder is not None:
        forwarder.start()
    with listening(Receiver(Spans(path), forwarder).listen(0)) as url:
        yield url
    if forwarder is not None:
        forwarder.stop()


def send_spans(url: str) -> str:
    """A parent with a failed child that links elsewhere, by the real exporter; their trace id."""
    provider = TracerProvider(resource=Resource({"service.name": "complaint"}))
    provider.add_span_processor(
        SimpleSpanProcessor(OTLPSpanExporter(endpoint=f"{url}/v1/traces", timeout=5))
    )
    tracer = provider.get_tracer("test")
    with tracer.start_as_current_span("old") as old:
        pass
    with tracer.start_as_current_span("file complaint") as parent:
        parent.set_attribute("journey_id", "j1")
        links = [Link(old.get_span_context())]
        with tracer.start_as_current_span("store", links=links) as child:
            child.add_event("written")
            child.set_status(Status(StatusCode.ERROR, "LOCKED"))
    provider.shutdown()
    return format(parent.get_span_context().trace_id, "032x")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spans.sqlite"


def a_span(number: int) -> Span:
    return Span("a" * 32, f"{number:016x}", None, "complaint", "file", "server", 1_000, 2_000)


def test_spans_of_the_real_exporter_are_kept_with_their_parent(path: Path) -> None:
    with receiving(path) as url:
        trace_id = send_spans(url)
    parent, child = Spans(path).find(trace_id=trace_id)
    assert (parent.name, child.name, child.parent_id) == ("file complaint", "store", parent.span_id)


def test_links_events_and_status_are_kept(path: Path) -> None:
    with receiving(path) as url:
        send_spans(url)
    (old,) = Spans(path).find(name="old")
    (store,) = Spans(path).find(name="store")
    assert store.links[0]["trace_id"] == old.trace_id
    assert store.events[0]["name"] == "written"
    assert (store.status, store.status_message) == ("error", "LOCKED")


@pytest.mark.parametrize("query", ["journey_id=j1", "service=complaint&name=file+complaint"])
def test_spans_are_found_by_what_they_belong_to(path: Path, query: str) -> None:
    with receiving(path) as url:
        send_spans(url)
        found = httpx.get(f"{url}/spans?{query}", verify=NO_TLS).json()["spans"]
    assert [span["name"] for span in found] == ["file complaint"]


def test_an_unknown_filter_is_refused_rather_than_ignored(path: Path) -> None:
    with receiving(path) as url:
        answer = httpx.get(f"{url}/spans?jorney_id=j1", verify=NO_TLS)
    assert (answer.status_code, answer.json()["error"]) == (400, "spans have no jorney_id")


def test_an_export_sent_twice_is_kept_once(path: Path) -> None:
    spans = Spans(path)
    spans.add([a_span(1)])
    spans.add([a_span(1), a_span(2)])
    assert spans.count() == 2


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"no protobuf", {}),
        (b"no gzip", {"Content-Encoding": "gzip"}),
        (gzip.compress(b"0" * (17 * 1024 * 1024)), {"Content-Encoding": "gzip"}),
    ],
)
def test_a_body_that_is_no_export_is_refused(
    path: Path, body: bytes, headers: dict[str, str]
) -> None:
    headers = {"Content-Type": "application/x-protobuf", **headers}
    with receiving(path) as url:
        assert (
            httpx.post(f"{url}/v1/traces", content=body, headers=headers, verify=NO_TLS).status_code
            == 400
        )


def test_zipkin_is_shown_the_spans_with_links_as_tags(path: Path) -> None:
    pages = Pages()
    pages_server = server(0, {("POST", "/api/v2/spans"): pages.take})
    with listening(pages_server) as zipkin, receiving(path, Forwarder(zipkin)) as url:
        send_spans(url)
        until(lambda: len(pages.shown) == 3)
    (store,) = [span for span in pages.shown if span["name"] == "store"]
    assert store["tags"]["error"] == "LOCKED"
    assert store["tags"]["link.1"].split("/")[0] != store["traceId"]


def test_zipkin_down_costs_nothing_that_is_kept(path: Path) -> None:
    with listening(server(0, {})) as gone:
        pass
    with receiving(path, Forwarder(gone)) as url:
        send_spans(url)
    assert Spans(path).count() == 3


def test_spans_are_shown_once_zipkin_is_back() -> None:
    pages = Pages(status=202)
    with listening(server(0, {})) as gone:
        port = int(gone.rsplit(":", 1)[1])
    forwarder = Forwarder(gone)
    forwarder.start()
    forwarder.add([a_span(1)])
    with listening(server(port, {("POST", "/api/v2/spans"): pages.take})):
        until(lambda: len(pages.shown) == 1)
    forwarder.stop()


def test_a_full_queue_drops_the_oldest_and_counts_them() -> None:
    forwarder = Forwarder("http://127.0.0.1:1", limit=3)
    forwarder.add([a_span(number) for number in range(5)])
    assert forwarder.dropped == 2


def test_a_batch_that_zipkin_refuses_does_not_stand_in_the_way() -> None:
    pages = Pages(status=400)
    with listening(server(0, {("POST", "/api/v2/spans"): pages.take})) as zipkin:
        forwarder = Forwarder(zipkin)
        forwarder.start()
        forwarder.add([a_span(1)])
        until(lambda: forwarder.dropped == 1)
        pages.status = 202
        forwarder.add([a_span(2)])
        until(lambda: [span["id"] for span in pages.shown] == [f"{2:016x}"])
        forwarder.stop()
