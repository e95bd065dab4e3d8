"""A peer's gRPC status as a problem. The page in README.md lists which becomes which."""

from http import HTTPStatus

import grpc
from google.rpc import error_details_pb2, status_pb2

from services.chassis import channel
from services.gateway.problems import FieldError, Problem, unexpected

# A state that does not allow the act is a conflict with the resource (409), not a broken request.
STATUSES = {
    grpc.StatusCode.INVALID_ARGUMENT: HTTPStatus.BAD_REQUEST,
    grpc.StatusCode.OUT_OF_RANGE: HTTPStatus.BAD_REQUEST,
    grpc.StatusCode.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    grpc.StatusCode.PERMISSION_DENIED: HTTPStatus.FORBIDDEN,
    grpc.StatusCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    grpc.StatusCode.ALREADY_EXISTS: HTTPStatus.CONFLICT,
    grpc.StatusCode.ABORTED: HTTPStatus.CONFLICT,
    grpc.StatusCode.FAILED_PRECONDITION: HTTPStatus.CONFLICT,
    grpc.StatusCode.RESOURCE_EXHAUSTED: HTTPStatus.SERVICE_UNAVAILABLE,
    grpc.StatusCode.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED: HTTPStatus.GATEWAY_TIMEOUT,
}
RATE_LIMITED = "RATE_LIMITED"
DEFAULT_RETRY_SECONDS = 2.0


def problem_of(error: grpc.aio.AioRpcError, peer: str) -> Problem:
    """The problem that a peer's refusal is; an unforeseen one tells nothing of its inside."""
    code = error.code()
    if code is grpc.StatusCode.CANCELLED:
        # A service that stops cancels the calls that it had not taken.
        code = grpc.StatusCode.UNAVAILABLE
    status = STATUSES.get(code)
    if status is None:
        return unexpected()
    rich = channel.rich_status(error)
    reason = channel.own_reason(rich)
    problem = Problem(
        status=status,
        reason=reason or code.name,
        # gRPC's own texts name addresses; only a service's own words are passed on.
        detail=(error.details() or "") if reason else _plain(code, peer),
        errors=_field_errors(rich),
        retry_after=_retry_seconds(rich),
    )
    return _completed(problem, peer)


def _completed(problem: Problem, peer: str) -> Problem:
    if problem.reason == RATE_LIMITED:
        problem.status = HTTPStatus.TOO_MANY_REQUESTS
    if problem.status == HTTPStatus.UNAUTHORIZED:
        problem.headers = {"WWW-Authenticate": 'Bearer realm="estafet"'}
    if problem.status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}:
        problem.service = peer
    if problem.retry_after is None and problem.status in {
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.TOO_MANY_REQUESTS,
    }:
        problem.retry_after = DEFAULT_RETRY_SECONDS
    return problem


def _plain(code: grpc.StatusCode, peer: str) -> str:
    texts = {
        grpc.StatusCode.UNAVAILABLE: f"the service {peer} is down; try again soon",
        grpc.StatusCode.RESOURCE_EXHAUSTED: f"the service {peer} is too busy; try again soon",
        grpc.StatusCode.DEADLINE_EXCEEDED: f"the service {peer} did not answer in time",
    }
    return texts.get(code, f"the service {peer} answered {code.name}")


def _field_errors(rich: status_pb2.Status) -> tuple[FieldError, ...]:
    found = channel.detail_of(rich, error_details_pb2.BadRequest())
    if found is None:
        return ()
    return tuple(
        FieldError(violation.field, violation.reason, violation.description)
        for violation in found.field_violations
    )


def _retry_seconds(rich: status_pb2.Status) -> float | None:
    found = channel.detail_of(rich, error_details_pb2.RetryInfo())
    return None if found is None else found.retry_delay.ToTimedelta().total_seconds()
