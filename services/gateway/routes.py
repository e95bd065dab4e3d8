"""The JSON routes, made from the protos: no code per RPC."""

from collections import defaultdict
from collections.abc import Iterable

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from services.gateway import transcode
from services.gateway.door import Door
from services.gateway.paths import Handler, serve
from services.gateway.rpcs import Rpc

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def add_routes(app: FastAPI, door: Door, rpcs: Iterable[Rpc]) -> None:
    """Give every RPC its way in; two RPCs that claim the same way are a mistake and raise."""
    by_path: dict[str, dict[str, Handler]] = defaultdict(dict)
    for rpc in rpcs:
        if rpc.verb in by_path[rpc.path]:
            raise ValueError(f"{rpc.verb} {rpc.path} is claimed twice, by {rpc.name} too")
        by_path[rpc.path][rpc.verb] = _handler(door, rpc)
    for path, by_verb in by_path.items():
        serve(app, path, by_verb)


def _handler(door: Door, rpc: Rpc) -> Handler:
    async def handle(request: Request) -> Response:
        message = await door.message(rpc, request)
        answer = await door.call(rpc, message, request)
        return Response(transcode.to_json(answer), media_type="application/json", headers=HEADERS)

    return handle
