"""The HTTP server around the door: uvicorn, one process."""

import socket

import uvicorn
from starlette.types import ASGIApp

from services.gateway.settings import DoorSettings

DRAIN_SECONDS = 8


def make_server(app: ASGIApp, settings: DoorSettings) -> uvicorn.Server:
    """A server of this app; when stopped, it waits for calls in flight, eight seconds at most."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_config=None,
            # Our own access line names the path's template; uvicorn's would name what was asked.
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=bool(settings.trusted_proxies),
            forwarded_allow_ips=settings.trusted_proxies or None,
            timeout_graceful_shutdown=DRAIN_SECONDS,
        )
    )


def listen(address: str) -> socket.socket:
    """The socket of host:port, bound before anything else starts; OSError if it is taken."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, int(port)), family=family, backlog=2048)
    # Connections inherit it. asyncio sets it only on sockets of its own making, and a body that
    # waits for the head's acknowledgement makes every answer 40 ms late.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
