"""Run the door: `python -m services.gateway`. SIGTERM drains within ten seconds."""

import logging
import signal
import sys
from types import FrameType

from services.chassis import logs, telemetry
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
    try:
        with listen(settings.http_address) as listener:
            host, port, *_ = listener.getsockname()
            log.info("door open", extra={"host": host, "port": port})
            make_server(make_app(settings), settings).run(sockets=[listener])
    finally:
        telemetry.flush()


if __name__ == "__main__":
    main()
