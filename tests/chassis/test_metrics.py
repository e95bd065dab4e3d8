"""What is declared follows Prometheus' own conventions, and its labels have few values."""

import re

import pytest

from services.chassis.lag import Lag
from services.chassis.metrics import DECLARED, OF_THE_DOOR, Kind, Metric
from services.chassis.metrics import Metrics as OfProcess

# What each label may say is known beforehand: rpcs, codes and events of the protos, names of parts,
# paths as the protos have them, channels and what may come of a message.
KNOWN = {"rpc", "code", "event", "consumer", "reason", "part", "route", "status"}
KNOWN |= {"channel", "outcome"}
OF_TIME = {"seconds", "millis", "minutes", "ms", "duration", "age", "silent", "overdue"}
PARTITION = ("estafet.complaint.v1", 3)

ALL = (*DECLARED, *OF_THE_DOOR)
each_metric = pytest.mark.parametrize("metric", ALL, ids=lambda metric: metric.name)


def test_no_two_metrics_have_one_name() -> None:
    assert len({metric.name for metric in ALL}) == len(ALL)


@each_metric
def test_a_name_says_whose_it_is(metric: Metric) -> None:
    assert re.fullmatch(r"estafet_[a-z]+(_[a-z]+)*", metric.name)


@each_metric
def test_what_only_grows_and_nothing_else_is_a_total(metric: Metric) -> None:
    assert (metric.kind is Kind.COUNTER) == metric.name.endswith("_total")


@each_metric
def test_time_is_in_seconds(metric: Metric) -> None:
    units = [word for word in metric.name.split("_") if word in OF_TIME]
    assert units == [] or units[-1] == "seconds"


@each_metric
def test_a_label_takes_few_values(metric: Metric) -> None:
    assert set(metric.labels) <= KNOWN


def test_what_is_counted_is_what_is_declared() -> None:
    counted = {family.name for family in OfProcess().registry.collect()}
    declared = {
        metric.name.removesuffix("_total") for metric in DECLARED if metric.kind is not Kind.GAUGE
    }
    assert counted == declared


def a_lag(now: list[float]) -> Lag:
    """The lag of a consumer with two partitions, by a clock that a test moves."""
    lag = Lag(lambda: now[0])
    lag.keep([PARTITION, (PARTITION[0], 4)])
    return lag


def test_a_consumer_is_behind_by_what_all_its_partitions_hold_unread() -> None:
    lag = a_lag([0.0])
    lag.note({PARTITION: 7, (PARTITION[0], 4): 2})
    assert lag.records() == 9


def test_a_consumers_age_grows_while_anything_is_unread() -> None:
    lag = a_lag(now := [0.0])
    lag.note({PARTITION: 7})
    now[0] = 30.0
    lag.note({PARTITION: 1})
    assert lag.seconds() == 30.0


def test_at_the_end_of_all_its_partitions_a_consumer_is_young_again() -> None:
    lag = a_lag(now := [0.0])
    lag.note({PARTITION: 7})
    now[0] = 30.0
    lag.note({PARTITION: 0})
    assert lag.seconds() == 0.0


def test_a_consumer_that_hears_nothing_from_its_broker_ages() -> None:
    lag = a_lag(now := [0.0])
    now[0] = 30.0
    lag.note({})
    assert lag.seconds() == 30.0


def test_what_others_read_from_now_on_is_not_behind_here() -> None:
    lag = a_lag([0.0])
    lag.note({PARTITION: 7})
    lag.keep([(PARTITION[0], 4)])
    lag.note({PARTITION: 8})
    assert lag.records() == 0
