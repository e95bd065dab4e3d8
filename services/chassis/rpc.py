"""`@rpc`: a nameko entrypoint that serves one method of the service's proto.

For every call: deadline, caller, permission, validation, span, command log, handler, commit,
answer; errors become statuses once. The method's name is the rpc's: that is what binds it.
"""

import logging
from collections.abc import Callable
from typing import Any, TypeVar, overload

import grpc
import protovalidate
from google.protobuf.message import DecodeError, Message
from grpc_status import rpc_status
from nameko.extensions import Entrypoint, register_entrypoint
from opentelemetry.trace import SpanKind

from services.chassis import catalogue, failpoints, telemetry
from services.chassis.clock import monotonic
from services.chassis.command_log import Command, hash_of
from services.chassis.errors import EstafetError, Invalid, TryAgain, Unauthenticated
from services.chassis.grpc_server import GrpcServer
from services.chassis.identity import PUBLIC, Caller
from services.chassis.logs import describe
from services.chassis.permission import by_role, refusal
from services.chassis.runtime import Runtime, Work
from services.chassis.statuses import grpc_code, invalid, status_of

log = logging.getLogger(__name__)
LONGEST_SECONDS = 10.0
# Of the time left: a caller should still hear that a row is busy.
LOCK_SHARE = 0.9
SPENT_SECONDS = 0.005

F = TypeVar("F", bound=Callable[..., Any])
_validator = protovalidate.Validator()


class RpcNotDeclared(ValueError):
    """A handler that no proto declares, or a declared rpc without a permission."""


class Rpc(Entrypoint):
    """Serves one rpc. `derived`: the answer's field that the chassis fills and never stores."""

    server = GrpcServer()

    def __init__(self, derived: str = "") -> None:
        super().__init__()
        self.derived = derived

    def setup(self) -> None:
        service = self.container.service_name
        declared = {**catalogue.operations(), **catalogue.methods(service)}
        method = declared.get(self.method_name)
        if method is None:
            raise RpcNotDeclared(f"{service}: no proto declares rpc {self.method_name}")
        permission = catalogue.permission(method)
        if permission is None:
            raise RpcNotDeclared(f"{method.full_name} has no permission option")
        self.runtime: Runtime = self.container.runtime
        self.method = method
        self.permission = permission
        self.path = f"/{method.containing_service.full_name}/{method.name}"
        self.request_type = catalogue.class_of(method.input_type)
        self.meter = self.runtime.metrics.rpcs.of(method.name)
        self.is_command = "request_id" in method.input_type.fields_by_name
        # A message's rules are compiled at its first use: better now than in somebody's call.
        _validator.collect_violations(self.request_type())
        self.server.add(self)

    def serve(self, payload: bytes, context: grpc.ServicerContext) -> bytes:
        """Answer one call, or end it with the status that says why not."""
        started = monotonic()
        headers = {key: str(value) for key, value in context.invocation_metadata() or ()}
        name = f"{self.container.service_name} {self.method_name}"
        with telemetry.child(name, SpanKind.SERVER, headers) as span:
            try:
                answer = self._answer(payload, context, headers)
                context.set_trailing_metadata(_journey())
                self.meter.answered(grpc.StatusCode.OK.name, monotonic() - started)
                return answer
            except Exception as error:  # noqa: BLE001 - every error becomes a status, once
                status = status_of(error)
                code = grpc_code(status)
                telemetry.failed(span, code.name)
                self._log(error, code)
                refused = rpc_status.to_status(status)
                context.set_trailing_metadata((*refused.trailing_metadata, *_journey()))
                self.meter.answered(code.name, monotonic() - started)
        context.abort(refused.code, refused.details)
        raise AssertionError("abort always raises")

    def _answer(
        self, payload: bytes, context: grpc.ServicerContext, headers: dict[str, str]
    ) -> bytes:
        # Without a deadline grpc says infinity (the types say None).
        seconds = min(context.time_remaining() or 0.0, LONGEST_SECONDS)
        if seconds <= SPENT_SECONDS:
            raise TryAgain("the call's deadline had passed before it was read")
        caller = self._caller(headers)
        request = self._decoded(payload)
        allowed = by_role(self.permission, self.method_name, caller, request)
        violations = _validator.collect_violations(request)
        if violations:
            raise invalid(list(violations))
        self.server.admit(self, request)
        return self._run(request, caller, allowed=allowed, seconds=seconds)

    def _decoded(self, payload: bytes) -> Message:
        try:
            return self.request_type.FromString(payload)
        except DecodeError:
            name = self.request_type.DESCRIPTOR.full_name
            raise Invalid(f"the request is no {name}", reason="MALFORMED") from None

    def _caller(self, headers: dict[str, str]) -> Caller:
        authorization = headers.get("authorization", "")
        if not authorization:
            return PUBLIC
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("the authorization header is no bearer token")
        return self.runtime.identity.caller(token)

    def _run(self, request: Message, caller: Caller, *, allowed: bool, seconds: float) -> bytes:
        command = self._command(request, caller)
        secret = command.derived_secret(self.runtime.service_key) if self.derived else ""
        work = Work(self.method_name, caller, secret=secret, ends_at=monotonic() + seconds)

        def around(work: Work, call: Callable[[], Any]) -> bytes:
            session = work.unit_of_work.session if work.unit_of_work else None
            if not allowed and (session is None or not self._held(session, request, caller)):
                raise refusal(self.permission, self.method_name, caller)
            if session is not None and not allowed and not self.is_command:
                session.rollback()  # a query may still ask a neighbour, outside any transaction
            if session is None or not self.is_command:
                return bytes(call().SerializeToString())
            earlier = command.begin(session, int(seconds * LOCK_SHARE * 1000))
            if earlier is not None:
                return self._completed(earlier, secret)
            answer = bytes(call().SerializeToString())
            command.finish(session, answer)
            return self._completed(answer, secret)

        answer: bytes = self.container.run_worker(self, (request,), work, around)
        failpoints.reach("rpc.after_commit")
        return answer

    def _command(self, request: Message, caller: Caller) -> Command:
        name = "public" if self.permission.public else caller.subject
        request_id = str(getattr(request, "request_id", ""))
        return Command(name, self.method_name, request_id, hash_of(request))

    def _held(self, session: Any, request: Message, caller: Caller) -> bool:
        holds = getattr(self.container.service_cls, "holds", None)
        matter_id = str(getattr(request, self.permission.matter_field))
        if holds is None:
            return False
        return bool(holds(session, matter_id, caller.service, caller.organisation))

    def _completed(self, answer: bytes, secret: str) -> bytes:
        if not self.derived:
            return answer
        message = catalogue.class_of(self.method.output_type).FromString(answer)
        setattr(message, self.derived, secret)
        return message.SerializeToString()

    def _log(self, error: Exception, code: grpc.StatusCode) -> None:
        fields = {"rpc": self.method_name, "code": code.name, "error": describe(error)}
        if isinstance(error, EstafetError):
            log.warning("call refused", extra=fields | {"reason": error.reason})
        elif code is grpc.StatusCode.UNAVAILABLE:
            log.warning("call failed for now", extra=fields)
        else:
            log.error("call failed", extra=fields, exc_info=error)


def _journey() -> tuple[tuple[str, str], ...]:
    """The journey that was found, for the caller's own spans: the door cannot look it up."""
    journey_id = telemetry.current_journey()
    return ((telemetry.JOURNEY_HEADER, journey_id),) if journey_id else ()


@overload
def rpc(fn: F) -> F: ...


@overload
def rpc(*, derived: str) -> Callable[[F], F]: ...


def rpc(fn: F | None = None, *, derived: str = "") -> F | Callable[[F], F]:
    """Serve the rpc of this method's name: `@rpc`, or `@rpc(derived="secret")`."""
    if fn is not None:
        register_entrypoint(fn, Rpc())
        return fn

    def decorate(method: F) -> F:
        register_entrypoint(method, Rpc(derived=derived))
        return method

    return decorate
