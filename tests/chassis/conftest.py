"""What the chassis' tests may ask for."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from infra.local.stack import Stack
from tests.chassis.clockwork import Start, Trouble, clocks, replica
from tests.chassis.desks import PARCELS, Desk, FakeDesk, RealDesk
from tests.chassis.shelves import FakeShelf, RealShelf, Shelf
from tests.chassis.trial import EFFECTS, Trial, empty, settings_of
from tests.databases import a_runtime
from tests.gateway.spans import Spans


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.database)])
def desk(request: pytest.FixtureRequest) -> Desk:
    """The fake, and then the real thing: one suite holds one to the other."""
    if request.param == "fake":
        return FakeDesk()
    engine: sa.Engine = request.getfixturevalue("database")
    PARCELS.create(engine)
    return RealDesk(engine)


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.database)])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    """The fake of evidence, and then the real thing."""
    if request.param == "fake":
        return FakeShelf()
    return RealShelf(request.getfixturevalue("database"), tmp_path)


@pytest.fixture(scope="session")
def topics(stack: Stack) -> None:
    """The topics of this release."""
    from services.chassis.topics import apply

    apply(settings_of(stack.environment("admin")))


@pytest.fixture
def trial(stack: Stack, topics: None, database: sa.Engine) -> Trial:
    """A small world: nothing emitted, nothing read, nothing at work."""
    EFFECTS.create(database)
    empty(stack)
    return Trial(stack, database)


@pytest.fixture
def spans() -> Iterator[Spans]:
    """The spans of this process during a test."""
    kept = Spans()
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider(shutdown_on_exit=False)
        trace.set_tracer_provider(provider)
    processor = SimpleSpanProcessor(kept)
    provider.add_span_processor(processor)
    yield kept
    processor.shutdown()


@pytest.fixture
def trouble() -> Trouble:
    return {}


@pytest.fixture
def ticks() -> Counter[str]:
    return Counter()


@pytest.fixture
def start(database: sa.Engine, trouble: Trouble, ticks: Counter[str]) -> Iterator[Start]:
    """Starts one more replica."""
    PARCELS.create(database)
    with ExitStack() as running:

        def one_more() -> None:
            running.enter_context(replica(a_runtime(database), clocks(trouble, ticks)))

        yield one_more
