"""A loop that no longer turns is told of, once, and so is one that turns again."""

import logging
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa
from grpc_health.v1 import health_pb2

from services.chassis import heartbeat
from services.chassis.heartbeat import Heartbeats, Watch
from tests.chassis.counter import Plan, an_api, serving
from tests.support.waiting import until

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@dataclass
class Process:
    """Heartbeats with a clock of their own, and what was told of them."""

    seconds: float = 1000.0
    told: list[tuple[str, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.beats = Heartbeats(now=lambda: self.seconds)
        self.relay = self.beats.of("relay")
        self.beats.listen(lambda part, turns: self.told.append((part, turns)))

    def wait(self, seconds: float) -> None:
        self.seconds += seconds
        self.beats.look()


def test_a_loop_that_turns_is_never_told_of() -> None:
    process = Process()
    for _ in range(10):
        process.relay.turned()
        process.wait(59)
    assert process.told == [("relay", True)]


def test_a_loop_that_stands_still_for_a_minute_is_told_of_once() -> None:
    process = Process()
    for seconds in (59, 1, 60, 60):
        process.wait(seconds)
    assert process.told == [("relay", True), ("relay", False)]


def test_a_loop_that_never_turned_is_told_of_too() -> None:
    process = Process()
    process.beats.of("complaint.custody")
    process.relay.turned()
    process.wait(30)
    process.relay.turned()
    process.wait(30)
    assert process.told[1:] == [("complaint.custody", False)]


def test_a_loop_that_turns_again_is_told_of() -> None:
    process = Process()
    process.wait(60)
    process.relay.turned()
    process.wait(5)
    assert process.told[1:] == [("relay", False), ("relay", True)]


def test_who_comes_later_hears_how_things_are() -> None:
    process = Process()
    told: dict[str, bool] = {}
    process.beats.of("complaint.custody")
    process.seconds += 60
    process.relay.turned()
    process.beats.look()
    process.beats.listen(told.__setitem__)
    assert told == {"relay": True, "complaint.custody": False}


def test_the_alarm_names_the_part(caplog: pytest.LogCaptureFixture) -> None:
    Process().wait(75)
    (line,) = caplog.records
    assert (line.levelno, line.getMessage()) == (logging.ERROR, "alarm: part stands still")
    assert (vars(line)["part"], vars(line)["silent_seconds"]) == ("relay", 75)


def test_a_watch_looks_by_itself_until_it_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "LOOK_SECONDS", 0.01)
    process = Process()
    watch = Watch(process.beats)
    watch.start()
    process.seconds += 60
    until(lambda: ("relay", False) in process.told)
    watch.stop()
    process.relay.turned()
    assert process.told[-1] == ("relay", False)


@pytest.mark.database("complaint")
def test_health_tells_of_the_part_and_the_service_goes_on_serving(database: sa.Engine) -> None:
    process = Process()
    with serving(an_api(Plan()), database, beats=process.beats) as counter:
        assert counter.health("relay") == SERVING
        process.wait(60)
        assert (counter.health("relay"), counter.health()) == (NOT_SERVING, SERVING)
        process.relay.turned()
        process.wait(1)
        assert counter.health("relay") == SERVING
