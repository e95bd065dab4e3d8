"""What a running service shows to Prometheus: everything declared, nothing else, and the truth."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import grpc
import pytest
import sqlalchemy as sa

from services.chassis.__main__ import ROLES, Process
from services.chassis.clock import monotonic
from services.chassis.errors import Unavailable
from services.chassis.identity import PUBLIC
from services.chassis.metrics import DECLARED, Metric
from services.chassis.metrics_server import MetricsServer
from services.chassis.relay import Relay
from services.chassis.runtime import Runtime, Work
from tests.chassis.counter import Plan, a_complaint, an_api, serving
from tests.chassis.trial import Trial, a_key, triaged
from tests.databases import a_runtime, working
from tests.support.scraped import Scraped, scrape, shown
from tests.support.waiting import until

DATABASE = "estafet_database_up"


def port_of(process: Process) -> int:
    (server,) = (each for each in process._servers if isinstance(each, MetricsServer))
    return server.port


@contextmanager
def running(runtime: Runtime, *roles: str) -> Iterator[int]:
    """A process of these roles, and where it shows its metrics."""
    runtime.settings.metrics_address = "127.0.0.1:0"
    process = Process(runtime, roles)
    process.start()
    try:
        yield port_of(process)
    finally:
        process.stop()


def without_database(port: int = 1) -> Runtime:
    return a_runtime(sa.create_engine(f"postgresql+psycopg://nobody@127.0.0.1:{port}/none"))


@pytest.mark.database("complaint")
@pytest.mark.parametrize("roles", [ROLES, ("api",), ("reactions",), ("relay",)])
def test_a_service_shows_every_declared_metric_and_nothing_else(
    database: sa.Engine, roles: tuple[str, ...]
) -> None:
    with running(a_runtime(database), *roles) as port:
        found = scrape(port).kinds
    assert found == {metric.name: metric.kind.value for metric in DECLARED}


def labels_of(scraped: Scraped, metric: Metric) -> list[set[str]]:
    """The labels of every sample of a metric, but for those that each kind brings."""
    return [
        {name for name, _ in labels} - {"le"}
        for name, labels in scraped.series
        if name.removeprefix(metric.name) in ("", "_bucket", "_sum", "_count")
    ]


@pytest.mark.broker
@pytest.mark.database("complaint")
def test_every_declared_metric_has_samples_with_its_labels_that_say_whose_they_are(
    trial: Trial,
) -> None:
    with running(trial.runtime(), *ROLES) as port:
        file_one(trial)
        until(lambda: all(labels_of(scrape(port), metric) for metric in DECLARED))
        found = scrape(port)
    wrong = {
        metric.name
        for metric in DECLARED
        if any(each != {"service", *metric.labels} for each in labels_of(found, metric))
    }
    assert wrong == set()
    assert {dict(labels)["service"] for _, labels in found.series} == {"complaint"}


def file_one(trial: Trial) -> None:
    """One call to the service that serves where its settings say."""
    with grpc.insecure_channel(trial.runtime().settings.grpc_address) as channel:
        ask: Any = channel.unary_unary("/estafet.complaint.v1.ComplaintService/FileComplaint")
        ask(a_complaint().SerializeToString(), timeout=10)


@pytest.mark.database("complaint")
def test_calls_are_counted_by_rpc_and_code(database: sa.Engine) -> None:
    with serving(an_api(Plan()), database) as counter, shown(counter.container.runtime) as port:
        counter.call("FileComplaint", a_complaint())
        counter.refusal("FileComplaint", b"\xff")
        found = scrape(port)
    of = {"service": "complaint", "rpc": "FileComplaint"}
    assert found.value("estafet_rpc_calls_total", code="OK", **of) == 1
    assert found.value("estafet_rpc_calls_total", code="INVALID_ARGUMENT", **of) == 1
    assert found.value("estafet_rpc_duration_seconds_count", **of) == 2


@pytest.mark.database
def test_while_the_broker_is_away_the_outbox_grows_and_ages(database: sa.Engine) -> None:
    runtime = a_runtime(database)
    runtime.settings.kafka_bootstrap = "127.0.0.1:1"
    relay = Relay(runtime)
    with shown(runtime) as port:
        relay.start()
        emit(runtime, a_key())
        before = scrape(port).value("estafet_outbox_age_seconds")
        emit(runtime, a_key())
        until(lambda: scrape(port).value("estafet_outbox_age_seconds") > before + 1)
        found = scrape(port)
        relay.stop()
    assert found.value("estafet_outbox_rows") == 2
    assert found.labels("estafet_relay_records_total") == []


def emit(runtime: Runtime, key: str) -> None:
    with working(runtime, Work("Trial", PUBLIC)) as uow:
        uow.emit(triaged(key))


@pytest.mark.database
def test_held_keys_are_no_backlog_and_are_told_apart(database: sa.Engine) -> None:
    runtime = a_runtime(database)
    emit(runtime, "k1")
    hold = sa.text("INSERT INTO outbox_held SELECT topic, key, 'too large' FROM outbox")
    with database.begin() as connection:
        connection.execute(hold)
    with shown(runtime) as port:
        found = scrape(port)
    assert found.value("estafet_outbox_rows") == 0
    assert found.value("estafet_outbox_held_keys") == 1


@pytest.mark.database
def test_a_clock_that_nobody_runs_is_late(database: sa.Engine) -> None:
    runtime = a_runtime(database)
    with working(runtime, Work("Trial", PUBLIC)) as uow:
        uow.set_timer("a.kind", "m1", 1, uow.now - timedelta(minutes=10))
        uow.set_timer("a.kind", "m2", 1, uow.now + timedelta(days=10))
    with shown(runtime) as port:
        assert 600 <= scrape(port).value("estafet_clock_overdue_seconds") < 660


@pytest.mark.broker
def test_a_key_is_parked_once_however_many_records_wait_behind_its_first(trial: Trial) -> None:
    bad = a_key()
    trial.faults[bad] = ValueError("a bug")
    trial.tell(bad, 3)
    with trial.reading() as container, shown(container.runtime) as port:
        until(lambda: len(trial.parked(bad)) == 3)
        found = scrape(port)
    keys = {
        labels["reason"]: found.value("estafet_parked_keys", **labels)
        for labels in found.labels("estafet_parked_keys")
    }
    assert keys == {"failed": 1, "undecodable": 0, "gap": 0, "waiting": 0}


@pytest.mark.broker
def test_a_consumer_that_is_stopped_says_so_and_ages_once_there_is_something(trial: Trial) -> None:
    with trial.reading() as container, shown(container.runtime) as port:
        until(trial.read_to_the_end)
        key = a_key()
        trial.faults[key] = Unavailable("a neighbour is away", reason="AWAY")
        trial.all("INSERT INTO consumer_stopped VALUES (:name, 'too much')", name=trial.name)
        trial.tell(key)
        until(lambda: scrape(port).value("estafet_consumer_age_seconds") > 3)
        assert scrape(port).value("estafet_consumer_stopped") == 1
        trial.faults.clear()
        trial.all("DELETE FROM consumer_stopped")
        until(lambda: scrape(port).value("estafet_consumer_age_seconds") < 3)


@pytest.mark.broker
def test_what_a_consumer_has_not_read_is_its_lag_until_it_has(trial: Trial) -> None:
    first = a_key()
    trial.faults[first] = Unavailable("a neighbour is away", reason="AWAY")
    trial.tell(first, 3)
    with trial.reading() as container, shown(container.runtime) as port:
        until(lambda: scrape(port).value("estafet_consumer_lag_records") == 3)
        trial.faults.clear()
        until(lambda: scrape(port).value("estafet_consumer_lag_records") == 0)
        assert scrape(port).value("estafet_consumer_records_total") == 3


@pytest.mark.broker
def test_what_the_broker_has_acknowledged_is_counted_by_event(trial: Trial) -> None:
    runtime = trial.runtime()
    trial.emit(triaged(a_key()), triaged(a_key()))
    relay = Relay(runtime)
    relay.start()
    until(lambda: trial.value("SELECT count(*) FROM outbox") == 0)
    relay.stop()
    with shown(runtime) as port:
        assert scrape(port).value("estafet_relay_records_total", event="ComplaintTriaged") == 2


@pytest.mark.database  # not for what it needs, but for the second that it takes
def test_without_its_database_a_process_tells_what_it_knows() -> None:
    runtime = without_database()
    runtime.beats.of("relay")
    with shown(runtime) as port:
        found = scrape(port)
    assert found.value(DATABASE) == 0
    assert found.labels("estafet_part_silent_seconds") == [
        {"part": "relay", "service": "complaint"}
    ]
    assert found.labels("estafet_outbox_rows") == []


@pytest.mark.database  # not for what it needs, but for the seconds that it takes
def test_a_database_that_never_answers_delays_nobody_for_long() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as mute,
        shown(without_database(mute.getsockname()[1])) as port,
    ):
        began = monotonic()
        found = [scrape(port).value(DATABASE) for _ in range(3)]
        took = monotonic() - began
    assert found == [0, 0, 0]
    assert took < 3 * 2


@pytest.mark.database
def test_a_pool_that_is_used_up_is_seen(database: sa.Engine) -> None:
    runtime = a_runtime(database)
    with runtime.engine.connect(), runtime.engine.connect(), shown(runtime) as port:
        found = scrape(port)
    assert found.value("estafet_database_connections") == 2
    assert found.value("estafet_database_connections_limit") == 16 + 8
