"""Domain time: real time plus an offset that only a demonstration or a test moves, forward."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.chassis.clock import Clock, real_now
from services.chassis.errors import NotAllowed

A_SECOND = timedelta(seconds=1)
A_DAY = timedelta(days=1)


def is_near(one: datetime, other: datetime) -> bool:
    return abs(one - other) < A_SECOND


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "clock.json"
    path.write_text('{"offset_seconds": 0.0}')
    return path


@pytest.fixture
def clock(path: Path) -> Clock:
    return Clock(path, movable=True)


def test_without_a_file_it_is_real_time(tmp_path: Path) -> None:
    assert is_near(Clock(None).now(), real_now())
    assert is_near(Clock(tmp_path / "none.json").now(), real_now())


def test_its_instants_are_aware_and_utc(clock: Clock) -> None:
    assert clock.now().tzinfo is UTC


def test_it_advances_to_an_instant(clock: Clock) -> None:
    instant = real_now() + 3 * A_DAY
    clock.advance_to(instant)
    assert is_near(clock.now(), instant)


def test_it_starts_in_the_past(clock: Clock) -> None:
    instant = datetime(2024, 1, 2, 3, 0, tzinfo=UTC)
    clock.start_at(instant)
    assert is_near(clock.now(), instant)


def test_it_starts_once(clock: Clock) -> None:
    clock.start_at(datetime(2024, 1, 2, tzinfo=UTC))
    with pytest.raises(NotAllowed, match="starts once"):
        clock.start_at(datetime(2024, 1, 3, tzinfo=UTC))


def test_it_never_goes_back(clock: Clock) -> None:
    clock.advance_to(real_now() + A_DAY)
    with pytest.raises(NotAllowed, match="only moves forward"):
        clock.advance_to(real_now())


def test_every_process_sees_the_move(clock: Clock, path: Path) -> None:
    other = Clock(path)
    assert is_near(other.now(), real_now())
    clock.advance_to(real_now() + A_DAY)
    assert is_near(other.now(), real_now() + A_DAY)
    clock.advance_to(real_now() + 2 * A_DAY)
    assert is_near(other.now(), real_now() + 2 * A_DAY)


def test_in_production_it_is_not_moved(path: Path) -> None:
    clock = Clock(path)
    with pytest.raises(NotAllowed, match="cannot be moved"):
        clock.advance_to(real_now() + A_DAY)
    assert json.loads(path.read_text()) == {"offset_seconds": 0.0}


def test_a_move_leaves_one_whole_file(clock: Clock, path: Path) -> None:
    clock.advance_to(real_now() + A_DAY)
    assert [file.name for file in path.parent.iterdir()] == ["clock.json"]


def test_a_file_that_goes_away_does_not_turn_time_back(clock: Clock, path: Path) -> None:
    clock.advance_to(real_now() + A_DAY)
    clock.now()
    path.unlink()
    assert is_near(clock.now(), real_now() + A_DAY)
