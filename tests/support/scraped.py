"""What a process shows to Prometheus, read as Prometheus reads it."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from prometheus_client.parser import text_string_to_metric_families

from services.chassis.gauges import Gauges
from services.chassis.metrics_server import MetricsServer
from services.chassis.runtime import Runtime

Series = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class Scraped:
    """One answer of an endpoint."""

    text: str

    @cached_property
    def kinds(self) -> dict[str, str]:
        """Every metric that is shown, with its kind."""
        lines = (line.split() for line in self.text.splitlines())
        return {words[2]: words[3] for words in lines if words[:2] == ["#", "TYPE"]}

    @cached_property
    def series(self) -> dict[Series, float]:
        """Every sample, by its name and labels in order."""
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(self.text)
            for sample in family.samples
        }

    @property
    def lasting(self) -> dict[str, str]:
        """Every sample as a series that stays so, for `promtool`."""
        lasting = {}
        for (name, labels), value in self.series.items():
            told = ", ".join(f'{label}="{text}"' for label, text in labels)
            lasting[f"{name}{{{told}}}"] = f"{value}+0"
        return lasting

    def labels(self, name: str) -> list[dict[str, str]]:
        """The labels of every sample of a name."""
        return [dict(labels) for found, labels in self.series if found == name]

    def value(self, name: str, **labels: str) -> float:
        """The one sample of a name that has these labels among its own."""
        (found,) = (
            value
            for (told, own), value in self.series.items()
            if told == name and labels.items() <= dict(own).items()
        )
        return found


def scrape(port: int) -> Scraped:
    """Ask the endpoint at a port."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        return Scraped(answer.read().decode())


@contextmanager
def shown(runtime: Runtime) -> Iterator[int]:
    """The port at which a process with this runtime shows its metrics."""
    sources = (runtime.metrics.registry, Gauges(runtime))
    server = MetricsServer("127.0.0.1:0", runtime.service, *sources)
    server.start()
    try:
        yield server.port
    finally:
        server.stop()
