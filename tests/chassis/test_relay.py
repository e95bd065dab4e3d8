"""The relay on a real broker: every event once acknowledged, in order per key, none lost."""

import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import cast

import psycopg
import pytest
from estafet.complaint.v1.events_pb2 import ComplaintFiled
from sqlalchemy.pool import QueuePool

from services.chassis import relay as relay_module
from services.chassis import runner as runner_module
from services.chassis.outbox import SHARDS, shard_of
from services.chassis.relay import Relay
from services.chassis.runner import RUNNERS, Again, Runner
from tests.chassis.trial import TOPIC, Trial, a_key, triaged
from tests.support.waiting import until

pytestmark = pytest.mark.broker


def first_occurrences(trial: Trial) -> dict[str, list[int]]:
    """The numbers of each key in the order in which they first came; an id has one number."""
    found: dict[str, list[int]] = defaultdict(list)
    ids: dict[tuple[str, int], str] = {}
    for delivery in trial.records():
        record = delivery.record
        assert ids.setdefault((record.key, record.seq), record.record_id) == record.record_id
        if record.seq not in found[record.key]:
            found[record.key].append(record.seq)
    return found


def until_empty(_sent: int) -> bool:
    return True


def is_drained(trial: Trial) -> bool:
    return bool(trial.value("SELECT count(*) FROM outbox") == 0)


@pytest.mark.parametrize("relays", [1, 2])
def test_what_is_committed_arrives_in_order_of_its_key(trial: Trial, relays: int) -> None:
    keys = [a_key() for _ in range(6)]
    with trial.relaying(relays), ThreadPoolExecutor(4) as writers:
        for key in keys * 2:
            writers.submit(trial.emit, *(triaged(key) for _ in range(20)))
        writers.shutdown()
        until(lambda: is_drained(trial))
    assert first_occurrences(trial) == {key: list(range(1, 41)) for key in keys}


def a_backlog(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Thirty rows of each of a hundred keys, which are returned, and a relay that calls it many."""
    monkeypatch.setattr(runner_module, "CLAIM_ROWS", 64)
    monkeypatch.setattr(relay_module, "BACKLOG_ROWS", 32)
    keys = [a_key() for _ in range(100)]
    for _ in range(3):
        trial.emit(*(triaged(key) for key in keys for _ in range(10)))
    return keys


def test_other_runners_join_in_a_backlog_and_keep_the_order(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = a_backlog(trial, monkeypatch)
    moved = []
    move = Runner.move

    def noted(runner: Runner, again: Again, *, must_look: bool = True) -> int:
        count = move(runner, again, must_look=must_look)
        moved.append((threading.current_thread().name, count))
        return count

    monkeypatch.setattr(Runner, "move", noted)
    with trial.relaying():
        until(lambda: is_drained(trial))
    assert {name for name, count in moved if count} > {"relay.0"}
    assert first_occurrences(trial) == {key: list(range(1, 31)) for key in keys}


def test_runners_that_joined_give_their_links_back(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "KEEP_SECONDS", 0.2)
    links = cast("QueuePool", trial.engine.pool).checkedout
    a_backlog(trial, monkeypatch)
    with trial.relaying():
        until(lambda: links() > 1)
        until(lambda: is_drained(trial) and links() == 1)


def test_every_runner_ends_when_the_relay_stops_in_a_backlog(
    trial: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_work = set()

    def without_end(_runner: Runner, again: Again, *, must_look: bool = True) -> int:
        at_work.add(threading.current_thread())
        while again(relay_module.BACKLOG_ROWS):
            time.sleep(0.01)
        return 0

    monkeypatch.setattr(Runner, "move", without_end)
    relay = Relay(trial.runtime())
    relay.start()
    until(lambda: len(at_work) == RUNNERS)
    relay.stop()
    assert not [thread.name for thread in at_work if thread.is_alive()]


def test_a_relay_that_was_told_of_what_another_has_taken_claims_nothing(trial: Trial) -> None:
    runner = Runner(trial.runtime(), "relay")
    assert runner.move(until_empty, must_look=False) == 0
    runner.start_anew()


def test_a_runner_goes_on_for_as_long_as_it_is_told_to(trial: Trial) -> None:
    """A claim takes some of the shards; the message that commits it makes the next one."""
    keys = [a_key() for _ in range(4 * SHARDS)]
    trial.emit(*map(triaged, keys))
    runner = Runner(trial.runtime(), "relay")
    first = runner.move(lambda _: False)
    assert 0 < first < len(keys)
    assert trial.value("SELECT count(*) FROM outbox") == len(keys) - first
    assert runner.move(until_empty) == len(keys) - first
    assert trial.value("SELECT count(*) FROM outbox") == 0
    runner.start_anew()
    assert first_occurrences(trial) == {key: [1] for key in keys}


def test_one_claim_after_the_other_loses_nothing_when_a_link_breaks_between(
    trial: Trial,
) -> None:
    keys = [a_key() for _ in range(4 * SHARDS)]
    trial.emit(*map(triaged, keys))
    runner = Runner(trial.runtime(), "relay")

    def cut(_sent: int) -> bool:
        trial.value(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE state = 'idle in transaction'"
        )
        return True

    with pytest.raises(psycopg.OperationalError):
        runner.move(cut)
    assert trial.value("SELECT count(*) FROM outbox") == len(keys)
    runner.start_anew()
    assert runner.move(until_empty) == len(keys)
    runner.start_anew()
    assert first_occurrences(trial) == {key: [1] for key in keys}


def test_two_relays_share_the_shards_of_one_moment(trial: Trial) -> None:
    """One holds a shard; the other sends what lies in the other shards meanwhile."""
    one, other = a_key(), a_key()
    while shard_of(other) == shard_of(one):
        other = a_key()
    trial.emit(triaged(one), triaged(other))
    with trial.engine.begin() as holding:
        holding.exec_driver_sql(f"SELECT pg_advisory_xact_lock({0x6F75}, {shard_of(one)})")
        with trial.relaying():
            until(lambda: trial.value("SELECT count(*) FROM outbox") == 1)
    assert list(first_occurrences(trial)) == [other]


def test_a_record_carries_its_number_and_its_envelope(trial: Trial) -> None:
    key = a_key()
    trial.emit(ComplaintFiled(complaint_id=key, channel="web"))
    with trial.relaying():
        until(lambda: is_drained(trial))
    [delivery] = trial.records()
    record = delivery.record
    assert (record.key, record.seq, record.type) == (key, 1, "estafet.complaint.v1.ComplaintFiled")
    assert (record.source, record.actor) == ("estafet.complaint", "officer-1")
    assert record.headers["ce_specversion"] == "1.0"
    assert ComplaintFiled.FromString(delivery.payload).channel == "web"


def test_nothing_is_acknowledged_by_less_than_all_and_nothing_is_given_up_by_time(
    trial: Trial,
) -> None:
    runner = Runner(trial.runtime(), "relay")
    producer = runner.producer.ready()
    runner.start_anew()
    assert producer.config["acks"] in ("all", -1)
    assert producer.config["enable_idempotence"] is True
    assert producer.config["delivery_timeout_ms"] == 2_147_483_647
    assert producer.config["allow_auto_create_topics"] is False


def spoil(trial: Trial, key: str, column: str, value: object) -> None:
    """Make the first row of a key one that the broker never takes."""
    statement = f"UPDATE outbox SET {column} = :value WHERE key = :key AND seq = 1"
    trial.all(statement, value=value, key=key)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("payload", b"x" * 2_000_000),
        ("topic", "estafet.protection.v1"),
        ("topic", "estafet.nowhere.v1"),
    ],
    ids=["too large", "not ours to write", "no such topic"],
)
def test_what_the_broker_never_takes_holds_its_key_only(
    trial: Trial, caplog: pytest.LogCaptureFixture, column: str, value: object
) -> None:
    bad, good = a_key(), a_key()
    trial.emit(triaged(bad), triaged(good), triaged(good))
    spoil(trial, bad, column, value)
    with trial.relaying():
        until(lambda: trial.value("SELECT count(*) FROM outbox") == 1)
        until(lambda: trial.value("SELECT count(*) FROM outbox_held") == 1)
    assert trial.value("SELECT key FROM outbox_held") == bad
    assert first_occurrences(trial) == {good: [1, 2]}
    assert "alarm: key held" in caplog.messages


def test_who_travels_with_what_the_broker_never_takes_is_not_held(trial: Trial) -> None:
    """So much that it takes several requests: kafka-python fails all of them with one error."""
    bad, before, after = a_key(), [a_key() for _ in range(200)], [a_key() for _ in range(200)]
    trial.emit(*map(triaged, before), triaged(bad), *map(triaged, after))
    trial.all("UPDATE outbox SET payload = :value", value=b"x" * 60_000)
    spoil(trial, bad, "topic", "estafet.protection.v1")
    with trial.relaying():
        until(lambda: trial.value("SELECT count(*) FROM outbox_held") > 0)
        until(lambda: trial.value("SELECT count(*) FROM outbox") <= 1)
    assert [row.key for row in trial.all("SELECT key FROM outbox_held")] == [bad]
    assert first_occurrences(trial) == {key: [1] for key in before + after}


def test_a_held_key_is_not_overtaken_and_goes_on_when_it_is_released(trial: Trial) -> None:
    key = a_key()
    trial.all("INSERT INTO outbox_held VALUES (:topic, :key, 'by hand')", topic=TOPIC, key=key)
    trial.emit(triaged(key), triaged(key))
    other = a_key()
    trial.emit(triaged(other))
    with trial.relaying():
        until(lambda: trial.value("SELECT count(*) FROM outbox") == 2)
    assert first_occurrences(trial) == {other: [1]}
    trial.all("DELETE FROM outbox_held")
    with trial.relaying():
        until(lambda: is_drained(trial))
    assert first_occurrences(trial)[key] == [1, 2]


def test_a_relay_outlives_a_hold_that_fails(trial: Trial, caplog: pytest.LogCaptureFixture) -> None:
    key = a_key()
    trial.emit(triaged(key))
    spoil(trial, key, "payload", b"x" * 2_000_000)
    trial.all("ALTER TABLE outbox_held ADD CONSTRAINT away CHECK (false)")
    with trial.relaying():
        until(lambda: caplog.messages.count("relay tries again") >= 2)
        trial.all("ALTER TABLE outbox_held DROP CONSTRAINT away")
        until(lambda: trial.value("SELECT count(*) FROM outbox_held") == 1)
