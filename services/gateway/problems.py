"""What the caller is told when something is wrong: `application/problem+json` (RFC 9457)."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from http import HTTPStatus

from starlette.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class FieldError:
    """A field of the request, the rule that it breaks and what the rule asks; never its value."""

    field: str
    rule: str
    message: str


@dataclass(eq=False)
class Problem(Exception):
    """A refusal. `detail` is for people, `reason` for programs; neither repeats what was sent."""

    status: int
    reason: str
    detail: str
    errors: tuple[FieldError, ...] = ()
    # The service that could not answer, if it was one.
    service: str = ""
    retry_after: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def all_headers(self) -> dict[str, str]:
        """The headers of the answer; Retry-After in whole seconds, at least one."""
        headers = dict(self.headers)
        if self.retry_after is not None:
            headers["Retry-After"] = str(max(1, math.ceil(self.retry_after)))
        return headers


def document(problem: Problem, request_id: str, trace_id: str) -> dict[str, object]:
    """The body of a problem."""
    body: dict[str, object] = {
        "type": f"urn:estafet:{problem.reason}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": problem.detail,
        "reason": problem.reason,
        "request_id": request_id,
        "trace_id": trace_id,
    }
    if problem.errors:
        body["errors"] = [asdict(error) for error in problem.errors]
    if problem.service:
        body["service"] = problem.service
    return body


def problem_response(problem: Problem, request_id: str, trace_id: str) -> JSONResponse:
    """The HTTP answer that tells a problem."""
    return JSONResponse(
        document(problem, request_id, trace_id),
        status_code=problem.status,
        headers={"Cache-Control": "no-store", **problem.all_headers},
        media_type=MEDIA_TYPE,
    )


def unexpected() -> Problem:
    """Our own mistake: nothing of its inside is told."""
    detail = "something went wrong here; the request_id helps us to find out what"
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "INTERNAL", detail)
