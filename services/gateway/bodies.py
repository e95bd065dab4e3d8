"""A request's body, read within a limit of bytes and time, and its JSON."""

import asyncio
import json
from collections.abc import Sequence

from starlette.requests import Request

from services.gateway.problems import FieldError, Problem

JSON_TYPE = "application/json"
# What is over the limit is read on for a while and thrown away: a client that is still sending when
# the connection closes would see a broken connection instead of the answer.
LINGER = 16
# Whoever reads the body finds out what it is.
ANY_TYPE = ""
FORM_TYPE = "application/x-www-form-urlencoded"


async def read_body(request: Request, content_type: str, limit: int, seconds: float) -> bytes:
    """The whole body; 413 if it is over the limit, 408 if it takes too long."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > limit * LINGER:
        raise _too_large(limit)
    try:
        async with asyncio.timeout(seconds):
            body = await _collect(request, limit)
    except TimeoutError:
        detail = f"the body did not arrive within {seconds:g} s"
        raise Problem(408, "BODY_TOO_SLOW", detail, headers={"Connection": "close"}) from None
    if body and content_type != ANY_TYPE:
        _check_type(request.headers.get("content-type", ""), content_type)
    return body


async def _collect(request: Request, limit: int) -> bytes:
    body = bytearray()
    seen = 0
    async for chunk in request.stream():
        seen += len(chunk)
        if seen > limit * LINGER:
            break
        if seen <= limit:
            body += chunk
    if seen > limit:
        raise _too_large(limit)
    return bytes(body)


def _too_large(limit: int) -> Problem:
    # What has not been read yet must not be taken for the next request.
    headers = {"Connection": "close"}
    return Problem(413, "BODY_TOO_LARGE", f"a body may have {limit} bytes", headers=headers)


def _check_type(header: str, wanted: str) -> None:
    media, _, parameters = header.partition(";")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if media.strip().lower() != wanted or charset not in {"", "utf-8"}:
        raise Problem(415, "WRONG_CONTENT_TYPE", f"send {wanted} in UTF-8")


def parse_object(body: bytes) -> dict[str, object]:
    """The JSON object that a body is; an empty body is an empty object."""
    if not body:
        return {}
    try:
        found = json.loads(
            body.decode(), parse_constant=_no_constant, object_pairs_hook=_without_doubles
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise _malformed(f"the JSON is broken at {where}: {error.msg}") from None
    except UnicodeDecodeError as error:
        raise _malformed(f"the body is not UTF-8 at byte {error.start}") from None
    except RecursionError:
        raise _malformed("the JSON is nested too deep") from None
    except ValueError:
        raise _malformed("a number has too many digits") from None
    if not isinstance(found, dict):
        raise _malformed("the body must be a JSON object")
    return found


def _malformed(detail: str) -> Problem:
    return Problem(400, "MALFORMED_JSON", detail)


def _no_constant(name: str) -> None:
    raise _malformed(f"{name} is no JSON")


def _without_doubles(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        double = next(name for name in names if names.count(name) > 1)[:80]
        error = FieldError(double, "repeated", "stands twice in one object")
        raise Problem(400, "INVALID", f"twice in one object: {double}", errors=(error,))
    return found
