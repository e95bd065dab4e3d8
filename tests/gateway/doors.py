"""The real door for tests: uvicorn on a free port of loopback, in a thread."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import httpx
from prometheus_client import CollectorRegistry

from services.chassis.metrics import HTTP_DURATION, HTTP_REQUESTS, Meters
from services.gateway.app import make_app
from services.gateway.server import listen, make_server
from services.gateway.settings import DoorSettings
from tests.gateway.deputies import Deputy
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
    meters = Meters(CollectorRegistry(), HTTP_REQUESTS, HTTP_DURATION)
    server = make_server(make_app(settings, meters), settings)
    thread = Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    host, port = listener.getsockname()
    try:
        with httpx.Client(base_url=f"http://{host}:{port}", timeout=10, verify=NO_TLS) as client:
            yield client
    finally:
        server.should_exit = True


def a_process(deputy: Deputy, **more: str) -> subprocess.Popen[bytes]:
    """The door as it is run, before one deputy; its first line of standard error says its port."""
    environment = {
        **os.environ,
        **more,
        "ESTAFET_ENVIRONMENT": "test",
        "ESTAFET_HTTP_ADDRESS": "127.0.0.1:0",
        "ESTAFET_PEERS": f'{{"complaint":"{deputy.address}"}}',
    }
    command = [sys.executable, "-m", "services.gateway"]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
