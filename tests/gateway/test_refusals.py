"""A deputy's status becomes the right HTTP status, with its reason and nothing of its inside."""

import grpc
import pytest
from google.protobuf.any_pb2 import Any as Packed
from google.rpc import error_details_pb2, status_pb2

from services.chassis.channel import DETAILS
from services.gateway.problems import Problem
from services.gateway.refusals import problem_of

INNER = "psycopg.errors at 10.0.0.7"


def refused(code: grpc.StatusCode, *, reason: str = "", domain: str = "estafet") -> Problem:
    rich = status_pb2.Status(code=code.value[0], message=INNER)
    if reason:
        packed = Packed()
        packed.Pack(error_details_pb2.ErrorInfo(reason=reason, domain=domain))
        rich.details.append(packed)
    trailing = grpc.aio.Metadata((DETAILS, rich.SerializeToString()))
    error = grpc.aio.AioRpcError(code, grpc.aio.Metadata(), trailing, details=INNER)
    return problem_of(error, "complaint")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("INVALID_ARGUMENT", 400),
        ("UNAUTHENTICATED", 401),
        ("PERMISSION_DENIED", 403),
        ("NOT_FOUND", 404),
        ("ALREADY_EXISTS", 409),
        ("ABORTED", 409),
        ("FAILED_PRECONDITION", 409),
        ("RESOURCE_EXHAUSTED", 503),
        ("UNAVAILABLE", 503),
        ("CANCELLED", 503),
        ("DEADLINE_EXCEEDED", 504),
        ("INTERNAL", 500),
        ("UNKNOWN", 500),
        ("UNIMPLEMENTED", 500),
        ("DATA_LOSS", 500),
    ],
)
def test_every_status_has_its_http_status_and_hides_texts_that_are_not_ours(
    code: str, status: int
) -> None:
    problem = refused(grpc.StatusCode[code])
    assert problem.status == status
    assert INNER not in problem.detail


def test_a_deputys_own_words_and_reason_are_passed_on() -> None:
    problem = refused(grpc.StatusCode.FAILED_PRECONDITION, reason="ALREADY_CLOSED")
    assert (problem.reason, problem.detail) == ("ALREADY_CLOSED", INNER)


def test_a_call_that_a_stopping_service_did_not_take_may_be_made_again() -> None:
    problem = refused(grpc.StatusCode.CANCELLED)
    assert (problem.reason, problem.service) == ("UNAVAILABLE", "complaint")
    assert problem.all_headers == {"Retry-After": "2"}


def test_another_softwares_words_are_not_passed_on() -> None:
    problem = refused(grpc.StatusCode.NOT_FOUND, reason="ROUTE", domain="proxy.example")
    assert (problem.reason, problem.detail) == (
        "NOT_FOUND",
        "the service complaint answered NOT_FOUND",
    )


def test_an_internal_error_is_never_told_even_in_our_own_words() -> None:
    problem = refused(grpc.StatusCode.INTERNAL, reason="INTERNAL")
    assert INNER not in problem.detail


def test_a_rate_limit_of_a_deputy_is_a_429() -> None:
    problem = refused(grpc.StatusCode.RESOURCE_EXHAUSTED, reason="RATE_LIMITED")
    assert (problem.status, problem.all_headers) == (429, {"Retry-After": "2"})
