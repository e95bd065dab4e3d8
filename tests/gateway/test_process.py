"""`python -m services.gateway`: told to stop, it answers what is in flight and ends cleanly."""

import json
import signal
from threading import Event, Thread

import grpc
import httpx
import pytest
from estafet.complaint.v1 import service_pb2 as pb

from tests.gateway.deputies import Deputy
from tests.gateway.doors import a_process

pytestmark = pytest.mark.process


def test_a_stopped_door_answers_the_call_in_flight_first(deputy: Deputy) -> None:
    arrived, go_on = Event(), Event()

    def slow(_request: object, _context: grpc.ServicerContext) -> pb.FileComplaintResponse:
        arrived.set()
        go_on.wait(10)
        return pb.FileComplaintResponse(number="A-1")

    deputy.answers["FileComplaint"] = slow
    process = a_process(deputy)
    answers: list[httpx.Response] = []
    assert process.stderr is not None
    port = json.loads(process.stderr.readline())["port"]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
        ask = Thread(
            target=lambda: answers.append(client.post("/v1/complaints", json={"narrative": "abc"}))
        )
        ask.start()
        assert arrived.wait(15)
        process.send_signal(signal.SIGTERM)
        go_on.set()
        ask.join()
    assert answers[0].json()["number"] == "A-1"
    process.stderr.close()
    assert process.wait(10) == 0
