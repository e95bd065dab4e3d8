"""What the door shows to Prometheus: its requests by route and status, and no word of anybody's."""

import json
import signal
import socket

import httpx
import pytest

from services.chassis.metrics import OF_THE_DOOR
from tests.gateway.deputies import Deputy
from tests.gateway.doors import a_process
from tests.support.scraped import scrape
from tests.support.waiting import until

pytestmark = pytest.mark.process

COUNTED = "estafet_http_requests_total"


def a_free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def test_requests_are_counted_by_route_and_status(deputy: Deputy) -> None:
    shown_at = a_free_port()
    process = a_process(deputy, ESTAFET_METRICS_ADDRESS=f"127.0.0.1:{shown_at}")
    assert process.stderr is not None
    port = json.loads(process.stderr.readline())["port"]
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            client.get("/healthz")
            client.get("/healthz")
            client.get("/v1/complaints/somebody", params={"purpose": "kenari"})
            client.get("/a/path/that/somebody/made/up")
            client.request("KENARI", "/healthz")
        until(lambda: len(scrape(shown_at).labels(COUNTED)) == 4)
        shown = scrape(shown_at)
    finally:
        process.send_signal(signal.SIGTERM)
        process.stderr.close()
        process.wait(10)
    assert shown.kinds == {metric.name: metric.kind.value for metric in OF_THE_DOOR}
    told = {(each["route"], each["status"]) for each in shown.labels(COUNTED)}
    assert told == {
        ("GET /healthz", "200"),
        ("GET /v1/complaints/{complaint_id}", "200"),
        ("GET (no such path)", "404"),
        ("(other) (no such path)", "405"),
    }
    assert shown.value(COUNTED, route="GET /healthz", status="200") == 2
    took = {"route": "GET /healthz", "le": "+Inf"}
    assert shown.value("estafet_http_request_duration_seconds_bucket", **took) == 2
    assert all(each["service"] == "gateway" for each in shown.labels(COUNTED))
    assert "kenari" not in shown.text.lower()
    assert "somebody" not in shown.text
