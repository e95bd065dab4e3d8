"""PostgreSQL and Kafka after a crash, with their data; and what their users may do."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import psutil
import psycopg
import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.errors import KafkaError, TopicAuthorizationFailedError

from infra.local import kafka
from infra.local.processes import Process, StartFailed
from infra.local.stack import DATABASE, Stack

SERVICES = ("complaint", "protection")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    home = tmp_path_factory.mktemp("data base")
    with Stack(home, SERVICES, DATABASE) as stack:
        yield stack


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    home = tmp_path_factory.mktemp("broker, with a comma")
    with Stack(home, SERVICES, ("kafka",)) as stack:
        yield stack


def crash(process: Process) -> None:
    """As the kernel would, without a word to the object that started it."""
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)


def again(process: Process) -> None:
    process.start()
    process.wait()


@pytest.mark.database
def test_committed_rows_survive_a_kill_of_postgres(database: Stack) -> None:
    with psycopg.connect(database.dsn("complaint", "migrator")) as migrator:
        migrator.execute("CREATE TABLE filed (number int)")
    with psycopg.connect(database.dsn("complaint")) as app:
        app.execute("INSERT INTO filed VALUES (7)")
    crash(database.process("postgres"))
    again(database.process("postgres"))
    with psycopg.connect(database.dsn("complaint")) as app:
        assert app.execute("SELECT number FROM filed").fetchall() == [(7,)]


@pytest.mark.database
def test_postgres_starts_over_a_lock_whose_pid_belongs_to_someone_else(database: Stack) -> None:
    crash(database.process("postgres"))
    lock = database.postgres.folder / "postmaster.pid"
    lines = lock.read_text().splitlines()
    lock.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    again(database.process("postgres"))
    assert database.process("postgres").is_running


@pytest.mark.database
def test_a_half_made_cluster_is_made_anew(tmp_path: Path) -> None:
    half = tmp_path / "data" / "postgres.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    with (
        Stack(tmp_path, ["complaint"], DATABASE, fsync=False) as stack,
        psycopg.connect(stack.dsn("complaint")) as app,
    ):
        assert app.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.database
def test_the_auditor_reads_and_never_writes(database: Stack) -> None:
    with psycopg.connect(database.dsn("protection", "migrator")) as migrator:
        migrator.execute("CREATE TABLE cases (number int)")
    with psycopg.connect(database.dsn("protection", "auditor")) as auditor:
        assert auditor.execute("SELECT * FROM cases").fetchall() == []
        auditor.rollback()
        auditor.execute("SET default_transaction_read_only = off")
        auditor.commit()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            auditor.execute("INSERT INTO cases VALUES (1)")


@pytest.mark.database
def test_the_app_changes_rows_and_never_tables(database: Stack) -> None:
    with (
        psycopg.connect(database.dsn("protection")) as app,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        app.execute("CREATE TABLE mine (number int)")


@pytest.mark.database
def test_one_service_cannot_enter_the_database_of_another(database: Stack) -> None:
    elsewhere = psycopg.conninfo.make_conninfo(
        database.dsn("complaint"), dbname="estafet_protection"
    )
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(elsewhere)


@pytest.mark.database
def test_a_wrong_password_is_refused(database: Stack) -> None:
    given = {"password": "wrong"}
    wrong = psycopg.conninfo.make_conninfo(database.dsn("complaint"), **given)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


@pytest.mark.database
def test_values_of_rows_never_reach_the_log(database: Stack) -> None:
    with psycopg.connect(database.dsn("complaint", "migrator")) as migrator:
        migrator.execute("CREATE TABLE phones (phone text PRIMARY KEY)")
    with psycopg.connect(database.dsn("complaint"), autocommit=True) as app:
        app.execute("INSERT INTO phones VALUES (%s)", ["0812-CANARY"])
        with pytest.raises(psycopg.errors.UniqueViolation):
            app.execute("INSERT INTO phones VALUES (%s)", ["0812-CANARY"])
    log = database.process("postgres").log.read_text()
    assert "duplicate key" in log
    assert "CANARY" not in log


@pytest.mark.database
def test_data_without_its_secrets_is_said_so(tmp_path: Path) -> None:
    with Stack(tmp_path, parts=DATABASE, fsync=False):
        pass
    (tmp_path / "secrets" / "admin" / "database").unlink()
    with pytest.raises(StartFailed, match="was made with other secrets"):
        Stack(tmp_path, parts=DATABASE, fsync=False).start()


def send(stack: Stack, user: str, topic: str, value: bytes) -> None:
    producer = KafkaProducer(**stack.kafka_options(user), acks="all", max_block_ms=5_000)
    try:
        producer.send(topic, value).get(10)
    finally:
        producer.close(timeout=5)


def values_of(stack: Stack, topic: str) -> list[bytes]:
    consumer = KafkaConsumer(
        topic,
        **stack.kafka_options("admin"),
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        consumer_timeout_ms=5_000,
    )
    try:
        return [next(iter(consumer)).value]
    finally:
        consumer.close()


def make_topic(stack: Stack, topic: str) -> None:
    admin = KafkaAdminClient(**stack.kafka_options("admin"))
    admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    admin.close()


@pytest.mark.broker
def test_acknowledged_records_survive_a_kill_of_kafka(broker: Stack) -> None:
    make_topic(broker, "survives")
    send(broker, "admin", "survives", b"filed")
    crash(broker.process("kafka"))
    again(broker.process("kafka"))
    assert values_of(broker, "survives") == [b"filed"]


@pytest.mark.broker
def test_a_user_without_a_rule_may_not_write(broker: Stack) -> None:
    make_topic(broker, "guarded")
    with pytest.raises(TopicAuthorizationFailedError):
        send(broker, "complaint", "guarded", b"no")


@pytest.mark.broker
def test_no_topic_makes_itself(broker: Stack) -> None:
    with pytest.raises(KafkaError):
        send(broker, "admin", "misspelt", b"lost")
    admin = KafkaAdminClient(**broker.kafka_options("admin"))
    topics = admin.list_topics()
    admin.close()
    assert "misspelt" not in topics


@pytest.mark.broker
def test_a_half_formatted_folder_is_formatted_anew_under_any_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begins_with_a_dash = UUID(bytes=b"\xf8" + bytes(15))
    monkeypatch.setattr(kafka, "uuid4", lambda: begins_with_a_dash)
    half = tmp_path / "data" / "kafka.new"
    half.mkdir(parents=True)
    (half / "bootstrap.checkpoint").write_text("half")
    with Stack(tmp_path, parts=("kafka",)) as stack:
        make_topic(stack, "works")


@pytest.mark.broker
def test_passwords_are_on_no_command_line(broker: Stack) -> None:
    pid = broker.process("kafka").pid
    password = broker.secrets.get("admin", "kafka")
    assert password not in " ".join(psutil.Process(pid).cmdline())
