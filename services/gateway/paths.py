"""How a path is served: one route for all its methods, so that a 405 names every one of them."""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import FastAPI
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.rpcs import VARIABLE

Handler = Callable[[Request], Awaitable[Response]]
# Where a request's scope holds the template of its path, once a route was found.
TEMPLATE = "estafet.template"


class Segment(Convertor[str]):
    """A path variable: one segment, up to the colon of a custom verb."""

    regex = "[^/:]+"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("segment", Segment())


def serve(app: FastAPI, template: str, by_method: Mapping[str, Handler]) -> None:
    """Serve a path. HEAD is GET without its body, which the HTTP server leaves out."""

    async def answer(request: Request) -> Response:
        request.scope[TEMPLATE] = template
        method = "GET" if request.method == "HEAD" else request.method
        return await by_method[method](request)

    app.add_route(VARIABLE.sub(r"{\1:segment}", template), answer, methods=list(by_method))
