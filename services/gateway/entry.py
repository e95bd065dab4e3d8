"""Around every HTTP request: its id, the server span, one access log line, its count, and a problem
for whatever goes wrong. Nothing of query, body or path values is written anywhere: the path's
template only."""

import logging
import time
from collections.abc import MutableMapping
from http import HTTPMethod
from typing import Any
from uuid import uuid4

from opentelemetry.trace import Span, SpanKind
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis import telemetry
from services.chassis.metrics import Meters
from services.gateway.paths import TEMPLATE
from services.gateway.problems import Problem, problem_response, unexpected

log = logging.getLogger("estafet.gateway")
NO_ROUTE = "(no such path)"
TRACE_HEADERS = ("traceparent", "tracestate")
METHODS = frozenset(HTTPMethod)


class Entry:
    """The outermost ASGI layer of ours."""

    def __init__(self, app: ASGIApp, meters: Meters) -> None:
        self._app = app
        self._meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        parent = {name: headers[name] for name in TRACE_HEADERS if name in headers}
        with telemetry.child(scope["method"], SpanKind.SERVER, parent) as span:
            await Passage(self._app, scope, span, self._meters).run(receive, send)


class Passage:
    """One request's way through, and what is noted of it."""

    def __init__(self, app: ASGIApp, scope: Scope, span: Span, meters: Meters) -> None:
        self._app = app
        self._scope = scope
        self._span = span
        self._meters = meters
        self._started = time.perf_counter()
        self._status = 0
        self._request_id = str(uuid4())
        state: MutableMapping[str, Any] = scope.setdefault("state", {})
        state["request_id"] = self._request_id

    async def run(self, receive: Receive, send: Send) -> None:
        """Serve the request, whatever happens, and write it down."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = self._request_id
                if trace_id := telemetry.current_trace_id():
                    headers["X-Trace-Id"] = trace_id
            await send(message)

        try:
            await self._app(self._scope, receive, sending)
        except ClientDisconnect:
            self._status = 499
        except Exception:
            log.exception("request failed", extra={"request_id": self._request_id})
            if self._status:
                raise
            await told(unexpected(), self._scope)(self._scope, receive, sending)
        finally:
            self._write_down()

    def _write_down(self) -> None:
        route = self._scope.get(TEMPLATE, NO_ROUTE)
        self._span.update_name(f"{self._scope['method']} {route}")
        self._span.set_attribute("http.request.method", self._scope["method"])
        self._span.set_attribute("http.route", route)
        self._span.set_attribute("http.response.status_code", self._status)
        if self._status >= 500:
            telemetry.failed(self._span, str(self._status))
        seconds = time.perf_counter() - self._started
        # Whoever asks may make up a method, and each would be a series.
        method = self._scope["method"] if self._scope["method"] in METHODS else "(other)"
        self._meters.of(f"{method} {route}").answered(str(self._status), seconds)
        fields = {
            "method": self._scope["method"],
            "route": route,
            "status": self._status,
            "ms": round(seconds * 1000, 1),
            "request_id": self._request_id,
        }
        log.log(logging.ERROR if self._status == 500 else logging.INFO, "request", extra=fields)


def told(problem: Problem, scope: Scope) -> Response:
    """A problem as the answer to this request."""
    return problem_response(problem, scope["state"]["request_id"], telemetry.current_trace_id())


async def tell_problem(request: Request, error: Exception) -> Response:
    """The handler of every Problem that a route raises."""
    assert isinstance(error, Problem)  # noqa: S101 - registered for Problem only
    return told(error, request.scope)


async def tell_http_error(request: Request, error: Exception) -> Response:
    """The handler of what the router itself refuses: unknown paths and methods."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for HTTPException only
    reasons = {404: ("NO_SUCH_PATH", "nothing is at this path; see /docs")}
    reasons[405] = ("WRONG_METHOD", "this path does not take this method; see Allow")
    reason, detail = reasons.get(error.status_code, ("REFUSED", "the request was refused"))
    headers = dict(error.headers or {})
    return told(Problem(error.status_code, reason, detail, headers=headers), request.scope)
