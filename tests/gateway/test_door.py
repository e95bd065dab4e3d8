"""The JSON door, end to end over real HTTP and real gRPC."""

import json
import socket
from collections.abc import Iterator
from contextlib import suppress
from threading import Event
from uuid import UUID, uuid4

import grpc
import httpx
import pytest
from estafet.complaint.v1 import service_pb2 as pb

from services.chassis.errors import Invalid, NotAllowed, TooMany, Unauthenticated
from tests.gateway.deputies import Deputy, refusing
from tests.gateway.doors import NOBODY, a_door

COMPLAINT = "0190d5c2-0000-7000-8000-000000000001"
STORY = {"narrative": "CANARY-narrative"}


def problem(answer: httpx.Response) -> dict[str, object]:
    """What a problem says, after a look at what every problem must be."""
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, object] = answer.json()
    assert body["status"] == answer.status_code
    assert body["type"] == f"urn:estafet:{body['reason']}"
    assert body["request_id"] == answer.headers["x-request-id"]
    assert "CANARY" not in answer.text
    return body


def test_a_complaint_goes_in_and_number_and_secret_come_out(
    door: httpx.Client, deputy: Deputy
) -> None:
    deputy.answers["FileComplaint"] = lambda request, _: pb.FileComplaintResponse(
        complaint_id=COMPLAINT, number="A-1", secret="s3" + request.narrative[:2]
    )
    answer = door.post("/v1/complaints", json={**STORY, "channel": "CHANNEL_WEB"})
    assert answer.json() == {"complaint_id": COMPLAINT, "number": "A-1", "secret": "s3CA"}
    assert deputy.calls[0].request.channel == pb.CHANNEL_WEB


def test_a_custom_verb_takes_its_id_from_the_path(door: httpx.Client, deputy: Deputy) -> None:
    door.post(f"/v1/complaints/{COMPLAINT}:triage", json={"category": "wages", "severity": 3})
    request = deputy.calls[0].request
    assert (request.complaint_id, request.category, request.severity) == (COMPLAINT, "wages", 3)


def test_a_post_may_come_without_a_body(door: httpx.Client, deputy: Deputy) -> None:
    assert door.post(f"/v1/complaints/{COMPLAINT}:offer").status_code == 200
    assert deputy.calls[0].request.complaint_id == COMPLAINT


def test_a_query_reaches_the_deputy(door: httpx.Client, deputy: Deputy) -> None:
    door.get("/v1/complaints", params={"stage": "STAGE_OFFERED", "page_size": 5})
    request = deputy.calls[0].request
    assert (request.stage, request.page_size) == (pb.STAGE_OFFERED, 5)


def test_token_language_and_deadline_are_passed_on(door: httpx.Client, deputy: Deputy) -> None:
    headers = {"Authorization": "Bearer t", "Accept-Language": "id", "X-Timeout-Ms": "2000"}
    door.get(f"/v1/complaints/{COMPLAINT}/status", headers=headers)
    call = deputy.calls[0]
    assert (call.metadata["authorization"], call.metadata["accept-language"]) == ("Bearer t", "id")
    assert 0 < call.seconds < 3


def test_the_idempotency_key_becomes_the_request_id(door: httpx.Client, deputy: Deputy) -> None:
    key = str(uuid4())
    door.post("/v1/complaints", json=STORY, headers={"Idempotency-Key": key})
    door.post("/v1/complaints", json=STORY)
    assert deputy.calls[0].request.request_id == key
    assert UUID(deputy.calls[1].request.request_id).version == 4


def test_malformed_json_says_where(door: httpx.Client, deputy: Deputy) -> None:
    headers = {"Content-Type": "application/json"}
    answer = door.post("/v1/complaints", content=b'{"narrative":\n oops}', headers=headers)
    body = problem(answer)
    assert (body["status"], body["reason"]) == (400, "MALFORMED_JSON")
    assert "line 2, column 2" in str(body["detail"])


def test_an_unknown_field_is_named(door: httpx.Client, deputy: Deputy) -> None:
    body = problem(door.post("/v1/complaints", json={**STORY, "colour": "red"}))
    assert (body["status"], body["errors"]) == (
        400,
        [
            {
                "field": "colour",
                "rule": "unknown_field",
                "message": "FileComplaintRequest has no such field",
            }
        ],
    )
    assert deputy.calls == []


def test_a_rule_that_the_deputy_names_is_passed_on(door: httpx.Client, deputy: Deputy) -> None:
    field = ("narrative", "string.min_len", "must be at least 3 characters")
    deputy.answers["FileComplaint"] = refusing(Invalid("bad", reason="INVALID", fields=(field,)))
    body = problem(door.post("/v1/complaints", json={"narrative": "x"}))
    assert body["errors"] == [dict(zip(("field", "rule", "message"), field, strict=True))]


def test_a_body_that_is_too_large_is_a_413(door: httpx.Client) -> None:
    body = problem(door.post("/v1/complaints", json={"narrative": "CANARY" * 100_000}))
    assert (body["status"], body["reason"]) == (413, "BODY_TOO_LARGE")


def test_a_body_that_hides_its_size_is_a_413_too(door: httpx.Client) -> None:
    chunks = (b"CANARY".ljust(65_536) for _ in range(10))
    headers = {"Content-Type": "application/json"}
    body = problem(door.post("/v1/complaints", content=chunks, headers=headers))
    assert (body["status"], body["reason"]) == (413, "BODY_TOO_LARGE")


def test_a_body_without_end_is_cut_off(door: httpx.Client) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 200_000_000:
            sent += 65_536
            yield b" " * 65_536

    headers = {"Content-Type": "application/json"}
    with suppress(httpx.WriteError, httpx.ReadError):  # the door hangs up while we send
        door.post("/v1/complaints", content=endless(), headers=headers)
    assert sent < 100_000_000


def test_a_huge_content_length_is_refused_unread(door: httpx.Client) -> None:
    assert raw(door, "Content-Length: 99999999999", b"{").startswith(b"HTTP/1.1 413")


def test_a_body_that_never_comes_is_a_408(deputy: Deputy) -> None:
    with a_door(deputy.address, door_reading_seconds=0.05) as client:
        assert raw(client, "Content-Length: 10", b"{").startswith(b"HTTP/1.1 408")


def raw(client: httpx.Client, header: str, body: bytes) -> bytes:
    """The answer to a request that no HTTP library would send."""
    url = client.base_url
    head = f"POST /v1/complaints HTTP/1.1\r\nHost: {url.host}\r\n{header}\r\n"
    with socket.create_connection((url.host, url.port or 0), timeout=5) as connection:
        connection.sendall(f"{head}Content-Type: application/json\r\n\r\n".encode() + body)
        return connection.recv(4096)


def test_another_content_type_is_a_415(door: httpx.Client) -> None:
    answer = door.post("/v1/complaints", content=b"a=b", headers={"Content-Type": "text/plain"})
    assert problem(answer)["status"] == 415


@pytest.mark.parametrize("path", ["/nope", "/v1/complaints/", f"/v1/complaints/{COMPLAINT}:nope"])
def test_an_unknown_path_is_a_404(door: httpx.Client, path: str) -> None:
    assert problem(door.post(path))["reason"] == "NO_SUCH_PATH"


def test_a_wrong_method_is_a_405_that_names_the_right_ones(door: httpx.Client) -> None:
    answer = door.delete("/v1/complaints")
    assert problem(answer)["status"] == 405
    assert {"GET", "POST"} <= set(answer.headers["allow"].split(", "))


def test_without_a_token_the_caller_is_asked_for_one(door: httpx.Client, deputy: Deputy) -> None:
    deputy.answers["ListComplaints"] = refusing(Unauthenticated("a token is needed"))
    answer = door.get("/v1/complaints")
    assert problem(answer)["status"] == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_token_that_is_no_text_is_refused_here(door: httpx.Client, deputy: Deputy) -> None:
    answer = door.get("/v1/complaints", headers=[(b"authorization", b"Bearer \xe9")])
    assert (problem(answer)["reason"], deputy.calls) == ("BAD_TOKEN", [])


def test_a_state_that_does_not_allow_it_is_a_409(door: httpx.Client, deputy: Deputy) -> None:
    deputy.answers["OfferComplaint"] = refusing(NotAllowed("c1 is closed", reason="CLOSED"))
    body = problem(door.post(f"/v1/complaints/{COMPLAINT}:offer"))
    assert (body["status"], body["reason"], body["detail"]) == (409, "CLOSED", "c1 is closed")


def test_a_deputys_rate_limit_is_a_429(door: httpx.Client, deputy: Deputy) -> None:
    deputy.answers["OpenAccess"] = refusing(TooMany("too many tries"))
    answer = door.post("/v1/access", json={"number": "A-1", "secret": "x"})
    assert (problem(answer)["reason"], answer.headers["retry-after"]) == ("RATE_LIMITED", "1")


def test_a_deputys_crash_tells_nothing_of_its_inside(door: httpx.Client, deputy: Deputy) -> None:
    deputy.answers["FileComplaint"] = refusing(RuntimeError("CANARY-inner"))
    assert problem(door.post("/v1/complaints", json=STORY))["status"] == 500


def test_a_deputy_that_is_down_is_named_and_the_others_go_on(deputy: Deputy) -> None:
    with a_door(deputy.address, NOBODY) as client:
        answer = client.get("/v1/protection/offers")
        assert problem(answer)["service"] == "protection"
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert client.post("/v1/complaints", json=STORY).status_code == 200
        assert client.get("/readyz").json() == {
            "status": "degraded",
            "peers": {"complaint": "SERVING", "protection": "UNREACHABLE"},
        }


def test_a_deputy_that_answers_too_late_is_a_504(door: httpx.Client, deputy: Deputy) -> None:
    done = Event()

    def slow(_request: object, _context: grpc.ServicerContext) -> pb.FileComplaintResponse:
        done.wait(5)
        return pb.FileComplaintResponse()

    deputy.answers["FileComplaint"] = slow
    answer = door.post("/v1/complaints", json=STORY, headers={"X-Timeout-Ms": "50"})
    done.set()
    assert (problem(answer)["status"], answer.json()["service"]) == (504, "complaint")


def test_a_deadline_that_is_no_number_is_refused(door: httpx.Client) -> None:
    answer = door.get("/v1/complaints", headers={"X-Timeout-Ms": "soon"})
    assert problem(answer)["status"] == 400


def test_the_urgent_lane_is_open_when_the_ordinary_one_is_shut(deputy: Deputy) -> None:
    with a_door(deputy.address, door_address_rate={"per_second": 0.001, "burst": 1}) as client:
        ordinary = [client.post("/v1/complaints", json=STORY) for _ in range(3)]
        urgent = [client.post("/v1/complaints", json={**STORY, "urgent": True}) for _ in range(3)]
    assert [answer.status_code for answer in ordinary] == [200, 429, 429]
    assert [answer.status_code for answer in urgent] == [200, 200, 200]
    assert int(ordinary[1].headers["retry-after"]) >= 1


def test_all_is_well_when_every_deputy_serves(door: httpx.Client) -> None:
    assert door.get("/readyz").json()["status"] == "ready"
    assert door.get("/healthz").json() == {"status": "alive"}


def test_the_door_is_not_ready_when_no_deputy_serves() -> None:
    with a_door(NOBODY) as client:
        assert (client.get("/readyz").status_code, client.get("/healthz").status_code) == (503, 200)


def test_the_openapi_document_is_json(door: httpx.Client) -> None:
    assert json.loads(door.get("/openapi.json").text)["openapi"] == "3.1.0"
