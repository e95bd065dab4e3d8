"""/openapi.json, and /docs: the same for reading, rendered here, loading nothing from elsewhere."""

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.gateway.comments import built_descriptors, read_comments
from services.gateway.openapi import openapi
from services.gateway.paths import serve
from services.gateway.rpcs import Rpc
from services.gateway.templating import html

# The protos' packages are v1; what they promise only grows.
API_VERSION = "1"


def add_reference(app: FastAPI, rpcs: Sequence[Rpc], *, demo: bool) -> None:
    """The document is made once: the protos do not change while the process lives."""
    document = openapi(rpcs, read_comments(built_descriptors()), API_VERSION)

    async def describe(_request: Request) -> Response:
        return JSONResponse(document)

    async def show(_request: Request) -> Response:
        return html("reference.html", 200, document=document, demo=demo)

    serve(app, "/openapi.json", {"GET": describe})
    serve(app, "/docs", {"GET": show})
