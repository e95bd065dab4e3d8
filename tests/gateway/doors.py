"""The real door for tests: uvicorn on a free port of loopback, in a thread."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import httpx

from services.gateway.app import make_app
from services.gateway.server import listen, make_server
from services.gateway.settings import DoorSettings
from tests.support.plain_http import NO_TLS

NOBODY = "127.0.0.1:1"


def settings_for(*addresses: str, **more: Any) -> DoorSettings:
    """Settings of a door before deputies; the last address serves all that are left."""
    complaint, protection = (*addresses, *addresses[-1:] * 2)[:2]
    peers = {"complaint": complaint, "protection": protection}
    return DoorSettings(**{"peers": peers, "environment": "test", **more})


@contextmanager
def a_door(*addresses: str, **more: Any) -> Iterator[httpx.Client]:
    """A client of a running door. Connections wait in the socket until the door serves.

    Told to stop, the door takes its time; its thread is waited for when the tests have ended.
    """
    listener = listen("127.0.0.1:0")
    settings = settings_for(*addresses, **more)
    server = make_server(make_app(settings), settings)
    thread = Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    host, port = listener.getsockname()
    try:
        with httpx.Client(base_url=f"http://{host}:{port}", timeout=10, verify=NO_TLS) as client:
            yield client
    finally:
        server.should_exit = True
