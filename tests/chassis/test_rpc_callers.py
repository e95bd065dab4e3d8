"""Who may call over real gRPC: tokens, roles, own matters; and what a bad request is told."""

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import jwt
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from estafet.complaint.v1 import service_pb2 as pb
from google.protobuf.message import Message
from grpc import StatusCode

from services.chassis import catalogue
from services.chassis.rpc import rpc
from tests.chassis.counter import (
    ISSUER,
    KEY_ID,
    Counter,
    Plan,
    a_complaint,
    a_private_key,
    an_api,
    an_id,
    published,
    serving,
)

pytestmark = pytest.mark.database("complaint")


@pytest.fixture(scope="module")
def counter(request: pytest.FixtureRequest) -> Iterator[Counter]:
    databases = request.getfixturevalue("databases")
    with databases.of("complaint") as engine, serving(an_api(Plan()), engine) as counter:
        yield counter


LIST = pb.ListComplaintsRequest()


def test_an_officer_with_a_good_token_is_answered(counter: Counter) -> None:
    counter.call("ListComplaints", LIST, counter.token())


def test_a_call_without_a_token_is_told_that_it_needs_one(counter: Counter) -> None:
    refused = counter.refusal("ListComplaints", LIST)
    assert (refused.code, refused.reason) == (StatusCode.UNAUTHENTICATED, "TOKEN_MISSING")


def test_a_caller_with_another_role_is_refused(counter: Counter) -> None:
    refused = counter.refusal("ListComplaints", LIST, counter.token("case_officer"))
    assert (refused.code, refused.reason) == (StatusCode.PERMISSION_DENIED, "PERMISSION")


def test_who_is_refused_is_told_which_action_and_who_may_and_not_whether_it_exists(
    counter: Counter,
) -> None:
    known = counter.call("FileComplaint", a_complaint()).complaint_id
    told = {
        counter.refusal("GetComplaint", request, counter.token("case_officer", **who)).message
        for request in (
            pb.GetComplaintRequest(complaint_id=each, purpose="review") for each in (known, an_id())
        )
        for who in (HOLDER | {"organisation": "bp3mi"}, HOLDER | {"service": ""})
    }
    assert told == {
        (
            "a caller with case_officer may not call GetComplaint: it is for complaint_officer,"
            " officers of whoever holds the matter"
        )
    }


def long_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"exp": long_ago()}, "TOKEN_EXPIRED"),
        ({"aud": "another"}, "WRONG_AUDIENCE"),
        ({"aud": None}, "BAD_TOKEN"),
        ({"iss": "https://elsewhere.example"}, "UNKNOWN_ISSUER"),
        ({"sub": None}, "BAD_TOKEN"),
        ({"exp": None}, "BAD_TOKEN"),
        ({"nbf": datetime.now(UTC) + timedelta(hours=1)}, "BAD_TOKEN"),
    ],
    ids=str,
)
def test_a_token_with_a_wrong_claim_is_refused(
    counter: Counter, claims: dict[str, object], reason: str
) -> None:
    refused = counter.refusal("ListComplaints", LIST, counter.token(**claims))
    assert (refused.code, refused.reason) == (StatusCode.UNAUTHENTICATED, reason)


def test_a_token_that_expired_within_the_leeway_still_counts(counter: Counter) -> None:
    just_now = datetime.now(UTC) - timedelta(seconds=20)
    counter.call("ListComplaints", LIST, counter.token(exp=just_now))


def claims() -> dict[str, object]:
    now = datetime.now(UTC)
    return {
        "iss": ISSUER,
        "sub": "officer:1",
        "aud": "estafet",
        "iat": int(now.timestamp()),
        "exp": int(now.timestamp()) + 300,
        "roles": ["complaint_officer"],
    }


def by_hand(algorithm: str, key: bytes | None = None, **others: object) -> str:
    """A token as no honest library makes it; signed with HMAC if there is a key."""
    header = {"alg": algorithm, "typ": "JWT", "kid": KEY_ID}
    told = b".".join(_base64(json.dumps(part).encode()) for part in (header, claims() | others))
    signature = hmac.digest(key, told, "sha256") if key else b""
    return b".".join([told, _base64(signature)]).decode()


def _base64(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def strange(key_id: str) -> str:
    """Signed with a key that nobody published."""
    return jwt.encode(claims(), a_private_key(), "ES256", headers={"kid": key_id})


def test_an_unsigned_token_is_refused(counter: Counter) -> None:
    assert counter.refusal("ListComplaints", LIST, by_hand("none")).reason == "BAD_TOKEN"


@pytest.mark.parametrize("form", ["pem", "jwk"])
def test_a_token_signed_with_the_public_key_is_refused(counter: Counter, form: str) -> None:
    """HS256 with what everybody may read as the shared secret."""
    key = load_pem_private_key(counter.private_key.encode(), None).public_key()
    public = {
        "pem": key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "jwk": json.dumps(published(counter.private_key, KEY_ID)).encode(),
    }
    refused = counter.refusal("ListComplaints", LIST, by_hand("HS256", public[form]))
    assert (refused.code, refused.reason) == (StatusCode.UNAUTHENTICATED, "BAD_TOKEN")


@pytest.mark.parametrize("issuer", [["a", "list"], {"an": "object"}, 7], ids=str)
def test_an_issuer_that_is_no_name_is_not_trusted(counter: Counter, issuer: object) -> None:
    refused = counter.refusal("ListComplaints", LIST, by_hand("ES256", iss=issuer))
    assert (refused.code, refused.reason) == (StatusCode.UNAUTHENTICATED, "UNKNOWN_ISSUER")


@pytest.mark.parametrize(("key_id", "reason"), [(KEY_ID, "BAD_TOKEN"), ("other", "UNKNOWN_KEY")])
def test_a_token_of_a_strange_key_is_refused(counter: Counter, key_id: str, reason: str) -> None:
    refused = counter.refusal("ListComplaints", LIST, strange(key_id))
    assert (refused.code, refused.reason) == (StatusCode.UNAUTHENTICATED, reason)


@pytest.mark.parametrize("token", ["rubbish", "a.b.c", "e30.e30.e30", "x" * 5000])
def test_what_is_no_token_is_refused(counter: Counter, token: str) -> None:
    assert counter.refusal("ListComplaints", LIST, token).code is StatusCode.UNAUTHENTICATED


def test_a_bad_token_is_refused_even_where_none_is_needed(counter: Counter) -> None:
    refused = counter.refusal("FileComplaint", a_complaint(), "rubbish")
    assert refused.code is StatusCode.UNAUTHENTICATED


def complainant(counter: Counter, matter_id: str) -> str:
    now = datetime.now(UTC)
    own = counter.container.runtime.own_tokens
    return own.issue(matter_id, now, now + timedelta(minutes=5))


def test_a_complainant_sees_their_own_complaint_and_no_other(counter: Counter) -> None:
    mine, other = (counter.call("FileComplaint", a_complaint()).complaint_id for _ in range(2))
    token = complainant(counter, mine)
    seen = counter.call("GetStatus", pb.GetStatusRequest(complaint_id=mine), token)
    refused = counter.refusal("GetStatus", pb.GetStatusRequest(complaint_id=other), token)
    assert seen.complaint_id == mine
    assert (refused.code, refused.reason) == (StatusCode.PERMISSION_DENIED, "PERMISSION")


def test_a_complainants_token_without_a_matter_opens_nothing(counter: Counter) -> None:
    refused = counter.refusal("GetStatus", pb.GetStatusRequest(), complainant(counter, ""))
    assert refused.code is StatusCode.PERMISSION_DENIED


HOLDER = {"service": "complaint", "organisation": "kp2mi"}


def test_an_officer_of_the_holder_reads(counter: Counter) -> None:
    complaint_id = counter.call("FileComplaint", a_complaint()).complaint_id
    request = pb.GetComplaintRequest(complaint_id=complaint_id, purpose="review")
    token = counter.token("case_officer", **HOLDER)
    assert counter.call("GetComplaint", request, token).complaint.complaint_id == complaint_id


@pytest.mark.parametrize(
    "other",
    [{"organisation": "bp3mi"}, {"service": "protection"}, {"organisation": ""}, {"service": ""}],
    ids=str,
)
def test_an_officer_of_another_party_does_not_read(counter: Counter, other: dict[str, str]) -> None:
    """Another organisation, or another deputy of the same one."""
    complaint_id = counter.call("FileComplaint", a_complaint()).complaint_id
    request = pb.GetComplaintRequest(complaint_id=complaint_id, purpose="review")
    token = counter.token("case_officer", **HOLDER | other)
    refused = counter.refusal("GetComplaint", request, token)
    assert (refused.code, refused.reason) == (StatusCode.PERMISSION_DENIED, "PERMISSION")


def named(name: str) -> Callable[[object, object], Message]:
    """A handler that answers whoever comes."""

    def answer(self: object, request: object) -> Message:
        return pb.GetComplaintResponse()

    answer.__name__ = name
    return answer


def test_without_a_database_nobody_is_a_holder(database: sa.Engine) -> None:
    """A service class without a unit of work cannot look at custody: it refuses."""

    handlers = {name: rpc(named(name)) for name in catalogue.methods("complaint")}
    bare = type("Bare", (), {"name": "complaint", **handlers})
    request = pb.GetComplaintRequest(complaint_id=an_id(), purpose="review")
    with serving(bare, database) as counter:
        token = counter.token("case_officer", **HOLDER)
        refused = counter.refusal("GetComplaint", request, token)
    assert refused.code is StatusCode.PERMISSION_DENIED


def test_a_request_that_breaks_rules_names_each_field_and_rule(counter: Counter) -> None:
    request = pb.FileComplaintRequest(request_id="no uuid", country="indonesia")
    refused = counter.refusal("FileComplaint", request)
    assert (refused.code, refused.reason) == (StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    assert ("request_id", "string.uuid") in refused.fields
    assert {field for field, _ in refused.fields} >= {"request_id", "country", "narrative"}


def test_a_message_does_not_repeat_what_a_person_wrote(counter: Counter) -> None:
    request = pb.FileComplaintRequest(request_id="canary-7", narrative="canary-8" * 4000)
    assert "canary" not in counter.refusal("FileComplaint", request).message


def test_bytes_that_are_no_request_are_the_callers_mistake(counter: Counter) -> None:
    refused = counter.refusal("FileComplaint", b"\xff\xff")
    assert (refused.code, refused.reason) == (StatusCode.INVALID_ARGUMENT, "MALFORMED")
