"""Is the door alive, and which deputies are behind it."""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.gateway.calls import Peers
from services.gateway.paths import serve

SERVING = "SERVING"


def add_health(app: FastAPI, peers: Peers) -> None:
    """/healthz and /readyz."""

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "alive"})

    async def readyz(_request: Request) -> Response:
        states = await peers.health()
        serving = [state for state in states.values() if state == SERVING]
        # One deputy down must not take the others' door away: 503 only when none is left.
        status = "ready" if len(serving) == len(states) else "degraded" if serving else "down"
        code = 503 if status == "down" else 200
        return JSONResponse({"status": status, "peers": states}, status_code=code)

    serve(app, "/healthz", {"GET": healthz})
    serve(app, "/readyz", {"GET": readyz})
