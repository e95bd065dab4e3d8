"""What gateways of SMS and WhatsApp bring: the body as it was signed goes to complaint, which knows
the gateway's key. The door believes nothing of it."""

from collections.abc import Sequence

from estafet.complaint.v1 import service_pb2 as pb
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.gateway import bodies
from services.gateway.door import Door
from services.gateway.paths import serve
from services.gateway.problems import Problem
from services.gateway.rpcs import Rpc
from services.gateway.rules import rules_of
from services.messages.inbound import request_id_of
from services.messages.notice import Channel

RECEIVE = "estafet.complaint.v1.ComplaintService/ReceiveMessage"
PATH = "/hooks/{channel}"
CHANNELS = (Channel.SMS, Channel.WHATSAPP)
HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
LONGEST = rules_of(pb.ReceiveMessageRequest.DESCRIPTOR.fields_by_name["payload"]).bytes.max_len


def add_hooks(app: FastAPI, door: Door, rpcs: Sequence[Rpc]) -> None:
    """/hooks/sms and /hooks/whatsapp, if complaint is behind this door."""
    found = [rpc for rpc in rpcs if rpc.name == RECEIVE]
    if found:
        serve(app, PATH, {"POST": Hooks(door, found[0]).receive})


class Hooks:
    """The hooks' answers."""

    def __init__(self, door: Door, rpc: Rpc) -> None:
        self._door = door
        self._rpc = rpc

    async def receive(self, request: Request) -> Response:
        """Hand a message on. Problem: no such hook, unsigned, too large, or what complaint
        says of it."""
        channel = request.path_params["channel"]
        if channel not in CHANNELS:
            raise Problem(404, "NO_SUCH_HOOK", f"there is no hook for {channel[:20]}")
        told = {name.replace("-", "_"): request.headers.get(name, "") for name in HEADERS}
        if missing := [name for name in HEADERS if not request.headers.get(name)]:
            raise Problem(401, "NOT_SIGNED", f"webhook without {', '.join(missing)}")
        payload = await self._door.body(request, bodies.JSON_TYPE)
        if len(payload) > LONGEST:
            raise Problem(413, "BODY_TOO_LARGE", f"a message may have {LONGEST} bytes")
        message = pb.ReceiveMessageRequest(
            # A repeat is signed anew, so it is another request: complaint knows it by its id.
            request_id=request_id_of(Channel(channel), " ".join(told.values())),
            channel=channel,
            payload=payload,
            **told,
        )
        await self._door.call(self._rpc, message, request)
        return JSONResponse({})
