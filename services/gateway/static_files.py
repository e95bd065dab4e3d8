"""The few files that pages load: kept by browsers for good, under a name that changes with them."""

import hashlib
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.paths import Handler, serve
from services.gateway.templating import ENVIRONMENT

FOLDER = Path(__file__).resolve().parent / "static"
TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}


def add_static_files(app: FastAPI) -> None:
    """Serve each file, and tell the templates its address."""
    addresses = {}
    for path in sorted(FOLDER.iterdir()):
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()[:12]
        addresses[path.name] = f"/static/{path.name}?v={digest}"
        serve(app, f"/static/{path.name}", {"GET": _handler(content, TYPES[path.suffix])})
    ENVIRONMENT.globals["static"] = addresses


def _handler(content: bytes, media_type: str) -> Handler:
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
    }

    async def handle(_request: Request) -> Response:
        return Response(content, media_type=media_type, headers=headers)

    return handle
