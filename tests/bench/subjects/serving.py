"""A class served as a service's own process serves its api."""

import gc
import signal
import threading

from services.chassis import logs, telemetry
from services.chassis.container import Container
from services.chassis.runtime import make_runtime
from services.chassis.settings import Settings


def serve(api: type) -> None:
    """Serve complaint's rpcs with this class until SIGTERM."""
    settings = Settings()
    logs.setup("complaint")
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    runtime = make_runtime("complaint", settings)
    telemetry.setup("complaint", settings.otlp_endpoint, runtime.replica)
    container = Container(api, runtime)
    container.start()
    gc.freeze()
    stopping.wait()
    container.stop()
    telemetry.flush()
