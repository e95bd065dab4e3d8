"""The endpoint that Prometheus asks: all metrics of this process, at an address of its own."""

from collections.abc import Iterable, Iterator
from typing import Protocol
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector


class Source(Protocol):
    """Something that a process counts, or reads when it is asked."""

    def collect(self) -> Iterable[Family]:
        """Its metrics as they stand."""


class Exposed(Collector):
    """All that a process shows; each sample says whose it is."""

    def __init__(self, service: str, sources: tuple[Source, ...]) -> None:
        self._service = service
        self._sources = sources

    def collect(self) -> Iterator[Family]:
        """Every declared metric, with a label `service` before its own."""
        for family in (family for source in self._sources for family in source.collect()):
            family.samples = [
                sample._replace(labels={"service": self._service, **sample.labels})
                for sample in family.samples
            ]
            yield family


class MetricsServer:
    """Serves the metrics of a process on threads of its own."""

    def __init__(self, address: str, service: str, *sources: Source) -> None:
        self._host, _, self._port = address.rpartition(":")
        self._registry = CollectorRegistry()
        self._registry.register(Exposed(service, sources))
        self._server: WSGIServer | None = None

    @property
    def port(self) -> int:
        """Where it serves, also when any port would do."""
        return self._server.server_port if self._server else 0

    def start(self) -> None:
        """Serve; called when everything else runs."""
        self._server, _ = start_http_server(int(self._port), self._host, self._registry)

    def stop(self) -> None:
        """Answer no more."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
