"""Errors as gRPC statuses, in one place: code, stable reason, fields. Nothing inner leaks.

Details are google.rpc.Status with ErrorInfo (reason, domain "estafet"), BadRequest for fields and
RetryInfo where trying again makes sense.
"""

import grpc
import protovalidate
from google.protobuf import any_pb2, duration_pb2
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2
from psycopg import errors as pg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from services.chassis.errors import (
    DOMAIN,
    EstafetError,
    Invalid,
    NotAllowed,
    NotFound,
    Refused,
    TooMany,
    TryAgain,
    Unauthenticated,
)

RETRY_SECONDS = 1

_CODES: tuple[tuple[type[EstafetError], int], ...] = (
    (NotFound, code_pb2.NOT_FOUND),
    (NotAllowed, code_pb2.FAILED_PRECONDITION),
    (Refused, code_pb2.PERMISSION_DENIED),
    (Unauthenticated, code_pb2.UNAUTHENTICATED),
    (Invalid, code_pb2.INVALID_ARGUMENT),
    (TooMany, code_pb2.RESOURCE_EXHAUSTED),
    (TryAgain, code_pb2.UNAVAILABLE),
)

# What PostgreSQL says when the command may succeed a moment later.
_BUSY = (pg.LockNotAvailable, pg.DeadlockDetected, pg.SerializationFailure, pg.QueryCanceled)


def status_of(error: BaseException) -> status_pb2.Status:
    """The status that a caller gets for an error."""
    if isinstance(error, EstafetError):
        code = next((code for cls, code in _CODES if isinstance(error, cls)), code_pb2.INTERNAL)
        details: list[Message] = [_reason(error.reason)]
        if isinstance(error, Invalid) and error.fields:
            details.append(_bad_request(error.fields))
        if code in (code_pb2.UNAVAILABLE, code_pb2.RESOURCE_EXHAUSTED):
            details.append(_retry())
        return _status(code, str(error), *details)
    if isinstance(error, (DBAPIError, PoolTimeout)):
        return _database(error)
    return _status(code_pb2.INTERNAL, "an error of ours; it is in the log", _reason("INTERNAL"))


def _database(error: DBAPIError | PoolTimeout) -> status_pb2.Status:
    if is_busy(error):
        text, reason = "the row is busy; try again", "BUSY"
    elif is_down(error):
        text, reason = "the database cannot be used right now; try again", "DATABASE_DOWN"
    else:
        return _status(code_pb2.INTERNAL, "an error of ours; it is in the log", _reason("INTERNAL"))
    return _status(code_pb2.UNAVAILABLE, text, _reason(reason), _retry())


def is_busy(error: BaseException) -> bool:
    """Whether a statement lost against another transaction and may win a moment later."""
    return isinstance(getattr(error, "orig", None), _BUSY)


def is_down(error: BaseException) -> bool:
    """Whether the database itself is away, full or starting, rather than a statement wrong."""
    origin = getattr(error, "orig", error)
    state = getattr(origin, "sqlstate", None)
    if isinstance(error, PoolTimeout):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if state is None:
        return isinstance(origin, (pg.OperationalError, pg.InterfaceError))
    # 08 connection, 53 resources (disk, connections, memory), 57P shutdown or start, 58 system
    return state[:2] in ("08", "53", "58") or state[:3] == "57P" or state == "25006"


def invalid(violations: list[protovalidate.Violation]) -> Invalid:
    """A request that breaks rules of its proto, each named."""
    fields = tuple(
        (_path(violation), violation.proto.rule_id, violation.proto.message)
        for violation in violations
    )
    first = f"{fields[0][0]}: {fields[0][2]}"
    return Invalid(f"the request breaks a rule: {first}", reason="INVALID_FIELD", fields=fields)


def _path(violation: protovalidate.Violation) -> str:
    path = violation.proto.field
    return ".".join(element.field_name for element in path.elements) if path else ""


def _reason(reason: str) -> error_details_pb2.ErrorInfo:
    return error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN)


def _bad_request(fields: tuple[tuple[str, str, str], ...]) -> error_details_pb2.BadRequest:
    violation = error_details_pb2.BadRequest.FieldViolation
    return error_details_pb2.BadRequest(
        field_violations=[
            violation(field=field, reason=rule, description=text) for field, rule, text in fields
        ]
    )


def _retry() -> error_details_pb2.RetryInfo:
    return error_details_pb2.RetryInfo(retry_delay=duration_pb2.Duration(seconds=RETRY_SECONDS))


def _status(code: int, text: str, *details: Message) -> status_pb2.Status:
    packed = []
    for detail in details:
        entry = any_pb2.Any()
        entry.Pack(detail)
        packed.append(entry)
    return status_pb2.Status(code=code, message=text, details=packed)


def grpc_code(status: status_pb2.Status) -> grpc.StatusCode:
    """The gRPC code of a status."""
    return next(code for code in grpc.StatusCode if code.value[0] == status.code)
