"""The relay, consumers and tickers say that they turn; one that only fails does not."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
import sqlalchemy as sa

from services.chassis.container import Container
from services.chassis.heartbeat import Heartbeat, Heartbeats
from services.chassis.housekeeping import housekeeping_of
from services.chassis.relay import Relay
from services.chassis.runtime import Runtime
from tests.chassis.trial import Trial, a_reader
from tests.databases import a_runtime
from tests.support.waiting import until


def _is_later(beat: Heartbeat, before: float) -> bool:
    return beat._at > before


def turns(beats: Heartbeats, part: str) -> None:
    """Wait until a part has gone round twice more."""
    for _ in range(2):
        before = beats._beats[part]._at
        until(partial(_is_later, beats._beats[part], before))


def fails(beats: Heartbeats, part: str, caplog: pytest.LogCaptureFixture, event: str) -> None:
    """Wait until a part has failed twice, and see that it did not say that it turned."""
    beat = beats._beats[part]
    before = beat._at
    until(lambda: caplog.messages.count(event) >= 2)
    assert beat._at == before


@contextmanager
def at_work(part: Container | Relay) -> Iterator[None]:
    part.start()
    try:
        yield
    finally:
        part.stop()


def without_database() -> Runtime:
    return a_runtime(sa.create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none"))


@pytest.mark.database
def test_a_ticker_turns(database: sa.Engine) -> None:
    runtime = a_runtime(database)
    with at_work(Container(housekeeping_of("complaint"), runtime)):
        turns(runtime.beats, "complaint.housekeeping.ticker")


@pytest.mark.database  # not for what it needs, but for the second that it takes
def test_a_ticker_without_its_database_does_not_turn(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    runtime = without_database()
    with at_work(Container(housekeeping_of("complaint"), runtime)):
        fails(runtime.beats, "complaint.housekeeping.ticker", caplog, "clocks stand still")


@pytest.mark.database
def test_a_relay_turns(database: sa.Engine) -> None:
    runtime = a_runtime(database)
    with at_work(Relay(runtime)):
        turns(runtime.beats, "relay")


@pytest.mark.database  # not for what it needs, but for the second that it takes
def test_a_relay_without_its_database_does_not_turn(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    runtime = without_database()
    with at_work(Relay(runtime)):
        fails(runtime.beats, "relay", caplog, "relay tries again")


@pytest.mark.broker
def test_a_consumer_turns(trial: Trial) -> None:
    runtime = trial.runtime()
    with at_work(Container(a_reader(trial.name, {}), runtime)):
        turns(runtime.beats, trial.name)


@pytest.mark.database  # not for what it needs, but for the second that it takes
def test_a_consumer_that_cannot_sign_in_to_its_broker_does_not_turn(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    runtime = without_database()
    with at_work(Container(a_reader("complaint.reader", {}), runtime)):
        fails(runtime.beats, "complaint.reader", caplog, "consumer starts again")
