"""The way of one request to a deputy: read, admit, call. The JSON routes and the page share it."""

import hashlib
import re
from collections.abc import Mapping
from uuid import UUID, uuid4

from google.protobuf.message import Message
from starlette.requests import Request

from services.chassis import telemetry
from services.gateway import bodies, transcode
from services.gateway.calls import Peers
from services.gateway.limits import Caller, Limits
from services.gateway.problems import FieldError, Problem
from services.gateway.rpcs import Rpc
from services.gateway.settings import DoorSettings

LANGUAGES = re.compile(r"[A-Za-z0-9*,;=. -]{1,100}")
JOURNEY_FIELD = "complaint_id"


class Door:
    """What every request passes."""

    def __init__(self, settings: DoorSettings, peers: Peers, limits: Limits) -> None:
        self.settings = settings
        self.peers = peers
        self.limits = limits

    async def body(self, request: Request, content_type: str) -> bytes:
        """The request's body within the door's limits."""
        with self.limits.reading():
            return await bodies.read_body(
                request,
                content_type,
                self.settings.door_body_limit,
                self.settings.door_reading_seconds,
            )

    async def upload(self, request: Request, content_type: str = bodies.ANY_TYPE) -> bytes:
        """A body that holds a file: larger than others, and few at once."""
        with self.limits.uploading():
            return await bodies.read_body(
                request,
                content_type,
                self.settings.door_upload_limit,
                self.settings.door_reading_seconds,
            )

    async def message(self, rpc: Rpc, request: Request) -> Message:
        """The request message out of body or query, and path."""
        if rpc.takes_body:
            read = self.upload if rpc.takes_file else self.body
            document = bodies.parse_object(await read(request, bodies.JSON_TYPE))
        else:
            document = transcode.from_query(rpc, request.query_params.multi_items())
        return transcode.to_message(rpc, document, request.path_params, idempotency_key(request))

    async def call(
        self, rpc: Rpc, message: Message, request: Request, authorization: str = ""
    ) -> Message:
        """The deputy's answer; `authorization` stands for the request's own header."""
        token = authorization or request.headers.get("authorization", "")
        note_journey(message)
        with self.limits.admit(rpc.name, caller_of(request, token), urgent=rpc.is_urgent(message)):
            answer = await self.peers.call(
                rpc, message, metadata_of(request, token), self._seconds(request)
            )
        note_journey(answer)
        return answer

    def _seconds(self, request: Request) -> float:
        allowed = self.settings.door_deadline_ms
        asked = request.headers.get("x-timeout-ms", str(allowed))
        if not re.fullmatch(r"[1-9][0-9]{0,8}", asked):
            error = FieldError("X-Timeout-Ms", "header", "must be whole milliseconds, at least 1")
            raise Problem(400, "INVALID", "cannot be read: X-Timeout-Ms", errors=(error,))
        return min(allowed, int(asked)) / 1000


def idempotency_key(request: Request) -> str:
    """The name of this try: the caller's, so that a retry is the same; else a fresh one."""
    return request.headers.get("idempotency-key") or str(uuid4())


def caller_of(request: Request, authorization: str) -> Caller:
    """Who asks. The token is counted by its digest: its subject is not verified here, and an
    unverified name would let a stranger use up another's allowance."""
    token = hashlib.sha256(authorization.encode()).hexdigest() if authorization else ""
    return Caller(request.client.host if request.client else "", token)


def metadata_of(request: Request, authorization: str) -> Mapping[str, str]:
    """What is forwarded beside the trace: the user's own token, and the wished language."""
    metadata = {}
    if authorization:
        if not (authorization.isascii() and authorization.isprintable()):
            headers = {"WWW-Authenticate": 'Bearer realm="estafet", error="invalid_token"'}
            raise Problem(401, "BAD_TOKEN", "the token cannot be read", headers=headers)
        metadata["authorization"] = authorization
    languages = request.headers.get("accept-language", "")
    if LANGUAGES.fullmatch(languages):
        metadata["accept-language"] = languages
    return metadata


def note_journey(message: Message) -> None:
    """Name the journey on span and log line; only a real id, never what was typed in its place."""
    value = getattr(message, JOURNEY_FIELD, "")
    try:
        journey_id = str(UUID(value))
    except ValueError:
        return
    telemetry.set_journey(journey_id)
