"""Run the door: `python -m services.gateway`. SIGTERM drains within ten seconds."""

import logging
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from prometheus_client import CollectorRegistry

from services.chassis import logs, telemetry
from services.chassis.metrics import HTTP_DURATION, HTTP_REQUESTS, Meters
from services.chassis.metrics_server import MetricsServer
from services.gateway.app import make_app
from services.gateway.server import listen, make_server
from services.gateway.settings import DoorSettings

log = logging.getLogger("estafet.gateway")


def _leave(_signal: int, _frame: FrameType | None) -> None:
    # uvicorn raises the signal again once it has drained: that is a clean end.
    sys.exit(0)


def main() -> None:
    """Serve until told to stop."""
    settings = DoorSettings()
    logs.setup("gateway")
    telemetry.setup("gateway", settings.otlp_endpoint, settings.replica or "gateway-0")
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    registry = CollectorRegistry()
    meters = Meters(registry, HTTP_REQUESTS, HTTP_DURATION)
    try:
        with listen(settings.http_address) as listener, shown(settings.metrics_address, registry):
            host, port, *_ = listener.getsockname()
            log.info("door open", extra={"host": host, "port": port})
            make_server(make_app(settings, meters), settings).run(sockets=[listener])
    finally:
        telemetry.flush()


@contextmanager
def shown(address: str, registry: CollectorRegistry) -> Iterator[None]:
    """Show what is counted to whoever asks at an address; to nobody when it is empty."""
    if not address:
        yield
        return
    server = MetricsServer(address, "gateway", registry)
    server.start()
    try:
        yield
    finally:
        server.stop()


if __name__ == "__main__":
    main()
