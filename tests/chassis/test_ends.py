"""What a consumer has read to its end is known soon after it is asked, whatever it is doing."""

from datetime import UTC, datetime

import pytest

from services.chassis.clock import real_now
from services.chassis.errors import Unavailable
from services.chassis.runtime import Work
from services.chassis.testing import a_caller
from tests.chassis.trial import TOPIC, Trial, a_key, empty, triaged
from tests.databases import working
from tests.support.waiting import until

pytestmark = pytest.mark.broker
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def has_heard(trial: Trial, until: datetime) -> bool:
    """Whether the first reader has heard its topic until then, as a clock asks it."""
    with working(trial.readers[0].runtime, Work("Clock", a_caller())) as uow:
        return uow.has_heard(trial.name, TOPIC, "a key", until)


def test_a_consumer_that_is_never_idle_is_heard(trial: Trial) -> None:
    with trial.reading(), trial.relaying():
        until(trial.read_to_the_end)
        asked_at, key = real_now(), a_key()
        for _ in range(100):
            if has_heard(trial, asked_at):
                break
            trial.emit(triaged(key))
        else:
            pytest.fail("nothing was heard while records came")


def test_what_is_parked_ahead_of_the_end_is_not_heard_of_its_key(trial: Trial) -> None:
    key = a_key()
    trial.faults[key] = KeyError("a bug")
    with trial.reading():
        trial.tell(key)
        until(trial.read_to_the_end)
        with working(trial.readers[0].runtime, Work("Clock", a_caller())) as uow:
            assert not uow.has_heard(trial.name, TOPIC, key, LONG_AGO)
            assert uow.has_heard(trial.name, TOPIC, a_key(), LONG_AGO)


def test_a_record_that_cannot_run_now_is_no_end(trial: Trial) -> None:
    key = a_key()
    trial.faults[key] = Unavailable("a neighbour is away")
    with trial.reading():
        until(trial.read_to_the_end)
        trial.tell(key)
        asked_at = real_now()
        until(lambda: trial.readers[0].runtime.metrics.lags.of[trial.name].records() == 1)
        assert not has_heard(trial, asked_at)
        trial.faults.clear()
        until(lambda: has_heard(trial, asked_at))
    assert trial.effects(key) == [1]


def test_a_topic_whose_records_are_all_gone_is_read_to_its_end(trial: Trial) -> None:
    trial.tell(a_key(), 3)
    empty(trial.stack)
    with trial.reading():
        until(trial.read_to_the_end)
