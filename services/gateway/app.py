"""The door, put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException

from services.chassis.metrics import Meters
from services.gateway.agency_page import add_agency_page
from services.gateway.calls import Peers
from services.gateway.contact_page import add_contact_page
from services.gateway.door import Door
from services.gateway.entry import Entry, tell_http_error, tell_problem
from services.gateway.guidance_page import add_guidance_page
from services.gateway.health import add_health
from services.gateway.hooks import add_hooks
from services.gateway.limits import Limits
from services.gateway.morning import add_morning
from services.gateway.page import add_page
from services.gateway.problems import Problem
from services.gateway.reference import add_reference
from services.gateway.routes import add_routes
from services.gateway.rpcs import rpcs_of
from services.gateway.settings import DoorSettings
from services.gateway.static_files import add_static_files

# FastAPI's own spans and logs hold paths and queries as they were sent, which may name somebody:
# Entry makes the span and the line instead.
SILENT: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}


def make_app(settings: DoorSettings, meters: Meters) -> FastAPI:
    """The ASGI application; its channels live from start-up to shut-down."""
    rpcs = rpcs_of(settings.peers)
    peers = Peers(settings.peers)
    door = Door(settings, peers, Limits(settings))

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await peers.open()
        yield
        await peers.close()

    app = FastAPI(
        lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None, telemetry=SILENT
    )
    app.router.redirect_slashes = False
    app.add_exception_handler(Problem, tell_problem)
    app.add_exception_handler(HTTPException, tell_http_error)
    app.add_middleware(Entry, meters=meters)
    add_static_files(app)
    add_health(app, peers)
    add_reference(app, rpcs, demo=settings.is_demo)
    add_page(app, door, rpcs)
    add_contact_page(app, door, rpcs)
    add_guidance_page(app, door, rpcs)
    add_agency_page(app, door, rpcs)
    add_morning(app, door, rpcs)
    add_hooks(app, door, rpcs)
    add_routes(app, door, rpcs)
    return app
