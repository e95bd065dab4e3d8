"""One deputy and one door for the tests that need nothing special of them."""

from collections.abc import Iterator

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from tests.gateway.deputies import Deputy
from tests.gateway.doors import a_door
from tests.gateway.spans import Spans

GENEROUS = {"per_second": 1000, "burst": 10000}


@pytest.fixture(scope="module")
def running_deputy() -> Iterator[Deputy]:
    with Deputy().serving() as deputy:
        yield deputy


@pytest.fixture(scope="module")
def door(running_deputy: Deputy) -> Iterator[httpx.Client]:
    with a_door(
        running_deputy.address,
        door_address_rate=GENEROUS,
        door_token_rate=GENEROUS,
        door_tight_rates={},
    ) as client:
        yield client


@pytest.fixture
def deputy(running_deputy: Deputy) -> Deputy:
    """The deputy behind the door, knowing nothing yet."""
    running_deputy.answers.clear()
    running_deputy.calls.clear()
    return running_deputy


@pytest.fixture
def spans() -> Spans:
    """Every span that ends during a test."""
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider(shutdown_on_exit=False)
        trace.set_tracer_provider(provider)
    exporter = Spans()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter
