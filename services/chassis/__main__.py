"""Run a service: `python -m services.chassis complaint [--roles api,reactions,relay]`."""

import argparse
import gc
import importlib
import inspect
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import FrameType

from services.chassis import failpoints, logs, memory, telemetry
from services.chassis.container import Container
from services.chassis.gauges import Gauges
from services.chassis.health import HealthServer
from services.chassis.heartbeat import Watch
from services.chassis.housekeeping import housekeeping_of
from services.chassis.metrics_server import MetricsServer
from services.chassis.operations import with_operations
from services.chassis.relay import Relay
from services.chassis.runtime import Runtime, make_runtime
from services.chassis.settings import Settings

STOP_SECONDS = 10.0
ROLES = ("api", "reactions", "relay")
Part = Container | Relay
log = logging.getLogger(__name__)


def classes_of(service: str, module_name: str) -> list[type]:
    """The nameko classes of one module of a service, by name."""
    module = importlib.import_module(f"services.{service}.{module_name}")
    found = [
        cls
        for _, cls in inspect.getmembers(module, inspect.isclass)
        if cls.__module__ == module.__name__ and isinstance(getattr(cls, "name", None), str)
    ]
    return sorted(found, key=lambda cls: str(getattr(cls, "name", "")))


class Process:
    """The roles of one service that run in this process, started and stopped in order."""

    def __init__(self, runtime: Runtime, roles: tuple[str, ...]) -> None:
        self._runtime = runtime
        service = runtime.service
        # What is mapped to tables is so in every role, whichever of its modules a role imports.
        importlib.import_module(f"services.{service}.store")
        self._apis = [
            Container(with_operations(cls), runtime) for cls in self._classes(service, "api", roles)
        ]
        self._reactions = [
            Container(cls, runtime) for cls in self._classes(service, "reactions", roles)
        ]
        is_told = set(roles) == set(ROLES)
        self._relays = [Relay(runtime, is_told=is_told)] if "relay" in roles else []
        self._watch = Watch(runtime.beats)
        self._servers = list(self._further_servers(roles))

    def _further_servers(self, roles: tuple[str, ...]) -> Iterator[HealthServer | MetricsServer]:
        """Those that tell of the process and not of its service."""
        settings = self._runtime.settings
        if settings.health_address and "api" not in roles:
            yield HealthServer(settings.health_address, self._runtime.beats)
        if settings.metrics_address:
            sources = (self._runtime.metrics.registry, Gauges(self._runtime))
            yield MetricsServer(settings.metrics_address, self._runtime.service, *sources)

    @staticmethod
    def _classes(service: str, role: str, roles: tuple[str, ...]) -> list[type]:
        if role not in roles:
            return []
        found = classes_of(service, role)
        return [*found, housekeeping_of(service)] if role == "reactions" else found

    def start(self) -> None:
        """Relay first and api last, so that nothing is served before it can be passed on."""
        parts: tuple[Part, ...] = (*self._relays, *self._reactions, *self._apis)
        for part in parts:
            part.start()
        self._watch.start()
        for server in self._servers:
            server.start()

    def stop(self) -> None:
        """Api, reactions, relay, spans, pools: 10 seconds in all."""
        for server in self._servers:
            server.stop()
        self._watch.stop()
        for api in self._apis:
            api.stop()
        # Beside each other: each waits for a poll to end.
        with ThreadPoolExecutor(max(1, len(self._reactions))) as threads:
            list(threads.map(Container.stop, self._reactions))
        for relay in self._relays:
            relay.stop()
        telemetry.flush()
        self._runtime.engine.dispose()


def parse(arguments: list[str]) -> tuple[str, tuple[str, ...]]:
    """The service and the roles that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m services.chassis", description=__doc__)
    parser.add_argument("service")
    parser.add_argument("--roles", default=",".join(ROLES))
    options = parser.parse_args(arguments)
    roles = tuple(role for role in options.roles.split(",") if role)
    unknown = [role for role in roles if role not in ROLES]
    if unknown:
        parser.error(f"no such role: {', '.join(unknown)}; roles are {', '.join(ROLES)}")
    return options.service, roles


def must_end_within(seconds: float) -> None:
    """End the process by force if it has not ended by then: what hangs is safe to be killed."""

    def end() -> None:
        log.error("alarm: stop took too long", extra={"seconds": seconds})
        os._exit(1)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()


def main(arguments: list[str]) -> None:
    """Run until SIGTERM or SIGINT, then stop in order."""
    service, roles = parse(arguments)
    memory.share_arenas()
    settings = Settings()
    logs.setup(service)
    stopping = threading.Event()

    def stop(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of a signal handler
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    runtime = make_runtime(service, settings)
    failpoints.enable(settings, runtime.replica)
    telemetry.setup(service, settings.otlp_endpoint, runtime.replica)
    process = Process(runtime, roles)
    process.start()
    gc.freeze()
    log.info("started", extra={"roles": roles})
    stopping.wait()
    must_end_within(STOP_SECONDS)
    process.stop()
    log.info("stopped")


if __name__ == "__main__":
    main(sys.argv[1:])
