"""A reactions class when the topic, the database or its replicas give trouble."""

from contextlib import ExitStack
from datetime import UTC, datetime

import psycopg
import pytest
import sqlalchemy as sa

from services.chassis.clock import monotonic
from services.chassis.progress import Parking
from tests.chassis.trial import TOPIC, Trial, a_key, triaged
from tests.support.waiting import until

pytestmark = pytest.mark.broker


def test_a_payload_that_is_no_event_of_its_type_is_parked(trial: Trial) -> None:
    bad, good = a_key(), a_key()
    trial.tell(bad)
    [record] = trial.records()
    headers = {**record.record.headers, "ce_sequence": "2", "ce_id": "two"}
    with trial.reading():
        raw = [(name, text.encode()) for name, text in headers.items()]
        trial.produce_raw(bad.encode(), raw, b"\xff no protobuf")
        trial.tell(good)
        until(lambda: trial.effects(good) == [1] and trial.parked(bad) != [])
    assert trial.parked(bad) == [(2, "undecodable")]
    assert trial.effects(bad) == [1]


STRANGERS: dict[str, tuple[bytes, list[tuple[str, bytes]]]] = {
    "no headers": (b"k", []),
    "a number too large for a row": (b"k", [("ce_sequence", b"9" * 30), ("ce_id", b"1")]),
    "zero bytes in a header": (b"k", [("trace", b"\x00\x01")]),
    "zero bytes in the key": (b"\x00\x00", []),
    "a key that is no text": (b"\xff\xfe", []),
    "no key": (b"", [("ce_type", b"\xff")]),
}


@pytest.mark.parametrize("stranger", STRANGERS.values(), ids=STRANGERS.keys())
def test_a_strangers_record_is_parked_and_nothing_waits_behind_it(
    trial: Trial, caplog: pytest.LogCaptureFixture, stranger: tuple[bytes, list[tuple[str, bytes]]]
) -> None:
    key = a_key()
    trial.produce_raw(stranger[0], stranger[1], b"hello")
    trial.tell(key)
    with trial.reading():
        until(lambda: trial.effects(key) == [1])
        until(lambda: trial.value("SELECT count(*) FROM parked") == 1)
    assert trial.value("SELECT reason FROM parked") == Parking.UNDECODABLE.value
    assert trial.value("SELECT key FROM parked").startswith("foreign:")
    assert "consumer starts again" not in caplog.messages


def test_an_unknown_type_is_acknowledged_and_counts_in_its_key(trial: Trial) -> None:
    key = a_key()
    trial.tell(key, 2)
    first, second = trial.records()
    unknown = {
        **first.record.headers,
        "ce_sequence": "3",
        "ce_id": "3",
        "ce_type": "estafet.new.v9",
    }
    known = {**second.record.headers, "ce_sequence": "4", "ce_id": "4"}
    with trial.reading():
        for headers in (unknown, known):
            raw = [(name, text.encode()) for name, text in headers.items()]
            trial.produce_raw(key.encode(), raw, first.payload)
        until(lambda: 4 in trial.effects(key))
    assert trial.effects(key) == [1, 2, 4]
    assert trial.parked(key) == []


def bugs(trial: Trial, count: int) -> None:
    """So many keys whose handler has a bug."""
    keys = [a_key() for _ in range(count)]
    trial.faults.update({key: KeyError("a bug") for key in keys})
    trial.emit(*map(triaged, keys))


def is_stopped(trial: Trial) -> bool:
    return bool(trial.value("SELECT count(*) FROM consumer_stopped") == 1)


def test_too_many_parked_keys_stop_the_consumer_until_an_operator_resumes_it(
    trial: Trial, caplog: pytest.LogCaptureFixture
) -> None:
    later = a_key()
    bugs(trial, 70)
    trial.drain()
    with trial.reading():
        until(lambda: is_stopped(trial))
        parked = trial.value("SELECT count(*) FROM parked")
        trial.tell(later)
        it_looks_twice(trial)
        assert trial.value("SELECT count(*) FROM parked") == parked
        assert trial.effects(later) == []
        trial.faults.clear()
        trial.all("DELETE FROM consumer_stopped")
        until(lambda: trial.effects(later) == [1])
    assert parked <= 52
    assert "alarm: consumer stopped" in caplog.messages


def it_looks_twice(trial: Trial) -> None:
    """Wait until the consumer has looked twice more whether it is stopped."""
    scans = """
        SELECT coalesce(seq_scan, 0) + coalesce(idx_scan, 0) FROM pg_stat_user_tables
        WHERE relname = 'consumer_stopped'
    """
    before = trial.value(scans)
    until(lambda: trial.value(scans) >= before + 2)


def test_a_stopped_consumer_stays_stopped_over_a_restart(trial: Trial) -> None:
    key = a_key()
    trial.tell(key)
    trial.all("INSERT INTO consumer_stopped VALUES (:name, 'by hand')", name=trial.name)
    with trial.reading():
        it_looks_twice(trial)
    assert trial.effects(key) == []


def test_fifty_parked_keys_do_not_stop_it(trial: Trial) -> None:
    key = a_key()
    bugs(trial, 50)
    trial.emit(triaged(key))
    trial.drain()
    with trial.reading():
        until(lambda: trial.effects(key) == [1])
        until(lambda: trial.value("SELECT count(*) FROM parked") == 50)
    assert not is_stopped(trial)


def test_while_the_database_is_away_it_pauses_and_parks_nothing(
    trial: Trial, caplog: pytest.LogCaptureFixture
) -> None:
    away: list[bool] = []

    dsn = dsn_of(trial)

    def connect() -> psycopg.Connection[tuple[object, ...]]:
        if away:
            raise psycopg.OperationalError("the server is away")
        return psycopg.connect(dsn, application_name="reader")

    engine = sa.create_engine("postgresql+psycopg://", creator=connect)
    key = a_key()
    trial.tell(key)
    with trial.reading(engine=engine):
        until(lambda: trial.effects(key) == [1])
        away.append(True)
        disconnect(trial)
        trial.tell(key, 3)
        until(lambda: caplog.messages.count("paused") >= 2)
        assert trial.effects(key) == [1]
        away.clear()
        until(lambda: trial.effects(key) == [1, 2, 3, 4])
    engine.dispose()
    assert trial.value("SELECT count(*) FROM parked") == 0
    assert "consumer starts again" not in caplog.messages


def dsn_of(trial: Trial) -> str:
    return psycopg.conninfo.make_conninfo(trial.stack.admin_dsn, dbname=trial.database_name)


def disconnect(trial: Trial) -> None:
    """Break the reader's links to the database as a restart of the server does."""
    trial.all(
        """
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
            AND application_name = 'reader'
        """
    )


def test_a_full_pool_is_no_fault_of_a_record(trial: Trial) -> None:
    dsn = dsn_of(trial)
    engine = sa.create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(dsn),
        pool_size=1,
        max_overflow=0,
        pool_timeout=0.1,
    )
    key = a_key()
    with trial.reading(engine=engine):
        until(trial.read_to_the_end)
        with engine.connect():
            trial.tell(key)
        until(lambda: trial.effects(key) == [1])
    engine.dispose()
    assert trial.value("SELECT count(*) FROM parked") == 0


def test_it_reads_on_where_its_database_says(trial: Trial) -> None:
    key = a_key()
    trial.tell(key, 3)
    with trial.reading():
        until(lambda: trial.effects(key) == [1, 2, 3])
    trial.all("UPDATE progress SET done_seq = 0")
    trial.tell(key)
    with trial.reading():
        until(lambda: trial.parked(key) == [(4, "gap")])
    assert trial.effects(key) == [1, 2, 3]


def test_without_positions_it_reads_everything_again_as_duplicates(trial: Trial) -> None:
    key = a_key()
    trial.tell(key, 3)
    with trial.reading():
        until(lambda: trial.effects(key) == [1, 2, 3])
        until(trial.read_to_the_end)
    trial.all("DELETE FROM position")
    with trial.reading():
        until(trial.read_to_the_end)
    assert trial.effects(key) == [1, 2, 3]


def test_in_a_rebuilt_database_everything_runs_again(trial: Trial) -> None:
    """Group offsets, which the broker still has, do not count."""
    key = a_key()
    trial.tell(key, 3)
    with trial.reading():
        until(lambda: trial.effects(key) == [1, 2, 3])
    for table in ("position", "progress", "effect"):
        trial.all(f"DELETE FROM {table}")
    with trial.reading():
        until(lambda: trial.effects(key) == [1, 2, 3])


def test_replicas_that_join_and_leave_run_every_record_once(trial: Trial) -> None:
    keys = [a_key() for _ in range(8)]

    def all_tell() -> None:
        trial.emit(*(triaged(key) for key in keys for _ in range(5)))
        trial.drain()

    with ExitStack() as first:
        first.enter_context(trial.reading(0))
        all_tell()
        with trial.reading(1):
            all_tell()
            until(lambda: trial.value("SELECT count(*) FROM effect") == 80)
            first.close()
            all_tell()
            until(lambda: trial.value("SELECT count(*) FROM effect") == 120)
    assert [trial.effects(key) for key in keys] == [list(range(1, 16))] * 8
    assert trial.value("SELECT count(*) FROM parked") == 0


def test_a_new_reader_may_begin_at_an_instant(trial: Trial) -> None:
    key, other = a_key(), a_key()
    trial.tell(key, 2)
    since = datetime.now(UTC)
    trial.tell(key, 2)
    trial.tell(other)
    with trial.reading(since=since):
        until(lambda: trial.effects(other) == [1] and trial.effects(key) == [3, 4])
        trial.tell(key)
        until(lambda: trial.effects(key) == [3, 4, 5])
    assert trial.value("SELECT first_seq FROM progress WHERE key = :key", key=key) == 3


def test_a_batch_that_fails_is_undone_and_done_again_singly(
    trial: Trial, caplog: pytest.LogCaptureFixture
) -> None:
    """All records wait when it starts, so that they are read together."""
    bad, good = a_key(), a_key()
    trial.faults[bad] = KeyError("a bug")
    for _ in range(10):
        trial.emit(triaged(good), triaged(bad))
    trial.drain()
    with trial.reading(), caplog.at_level("INFO", logger="services.chassis.batch"):
        until(trial.read_to_the_end)
    assert "batch undone" in caplog.messages
    assert trial.effects(good) == list(range(1, 11))
    assert len(trial.parked(bad)) == 10


def test_it_stops_within_seconds_while_records_keep_coming(trial: Trial) -> None:
    trial.emit(*(triaged(a_key()) for _ in range(300)))
    trial.drain()
    reading = trial.reading()
    reading.__enter__()
    until(lambda: trial.value("SELECT count(*) FROM effect") > 0)
    began = monotonic()
    reading.__exit__(None, None, None)
    assert monotonic() - began < 5
    done = trial.value("SELECT count(*) FROM effect")
    assert trial.value("SELECT coalesce(sum(done_seq), 0) FROM progress") == done


def test_it_knows_until_when_it_has_heard_a_topic(trial: Trial) -> None:
    with trial.reading():
        until(trial.read_to_the_end)
    topics = trial.all("SELECT DISTINCT topic FROM position")
    assert [row.topic for row in topics] == [TOPIC]
