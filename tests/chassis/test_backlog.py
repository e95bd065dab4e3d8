"""A service whose events cannot leave takes no more commands, but in the urgent lane."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from estafet.complaint.v1 import service_pb2 as pb
from grpc import StatusCode

from services.chassis import grpc_server
from services.chassis.outbox import shard_of
from tests.chassis.counter import Counter, Plan, a_complaint, an_api, serving

pytestmark = pytest.mark.database("complaint")
A_QUARTER = 15 * 60
ROW = sa.text(
    """
    INSERT INTO outbox (shard, topic, key, seq, headers, payload, created_at)
    SELECT :shard, 'a topic', :key, number, '{}', '', now() - make_interval(secs => :age)
    FROM generate_series(1, :rows) AS n (number)
    """
)


@pytest.fixture
def counter(database: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    monkeypatch.setattr(grpc_server, "BACKLOG_ROWS", 10)
    monkeypatch.setattr(grpc_server, "BACKLOG_LOOK_SECONDS", -1.0)
    with serving(an_api(Plan()), database) as counter:
        yield counter


def wait(counter: Counter, key: str = "k1", rows: int = 1, age: float = 0.0) -> None:
    """Rows that wait for a relay since `age` seconds."""
    with counter.engine.begin() as connection:
        where = {"shard": shard_of(key), "key": key}
        connection.execute(ROW, where | {"rows": rows, "age": age})


def hold(counter: Counter, key: str) -> None:
    with counter.engine.begin() as connection:
        held = sa.text("INSERT INTO outbox_held VALUES ('a topic', :key, 'too large')")
        connection.execute(held, {"key": key})


def refusal(counter: Counter) -> tuple[StatusCode, str, bool]:
    refused = counter.refusal("FileComplaint", a_complaint())
    return refused.code, refused.reason, refused.retry


FULL = (StatusCode.UNAVAILABLE, "OUTBOX_FULL", True)


def test_a_command_is_taken_while_events_leave_in_time(counter: Counter) -> None:
    wait(counter, rows=7, age=A_QUARTER - 30)
    assert counter.call("FileComplaint", a_complaint()).number


def test_too_many_rows_shut_the_service(counter: Counter) -> None:
    wait(counter, rows=11)
    assert refusal(counter) == FULL


@pytest.mark.parametrize("key", ["k1", "k2", "k3"])
def test_one_row_that_waits_too_long_shuts_the_service(counter: Counter, key: str) -> None:
    wait(counter, key, age=A_QUARTER + 1)
    assert refusal(counter) == FULL


def test_held_keys_do_not_count_however_many_and_old_they_are(counter: Counter) -> None:
    wait(counter, "held", rows=50, age=10 * A_QUARTER)
    hold(counter, "held")
    assert counter.call("FileComplaint", a_complaint()).number


def test_a_row_behind_a_held_one_counts(counter: Counter) -> None:
    held, behind = "k0", next(f"b{n}" for n in range(10_000) if shard_of(f"b{n}") == shard_of("k0"))
    wait(counter, held, age=10 * A_QUARTER)
    hold(counter, held)
    wait(counter, behind, age=A_QUARTER + 1)
    assert refusal(counter) == FULL


def test_the_urgent_lane_is_never_shut(counter: Counter) -> None:
    wait(counter, rows=11, age=A_QUARTER + 1)
    urgent = a_complaint()
    urgent.urgent = True
    assert counter.call("FileComplaint", urgent).number


def test_who_only_reads_is_answered(counter: Counter) -> None:
    wait(counter, rows=11, age=A_QUARTER + 1)
    counter.call("ListComplaints", pb.ListComplaintsRequest(), counter.token())


def test_the_service_opens_again_by_itself(counter: Counter) -> None:
    wait(counter, rows=11)
    assert refusal(counter) == FULL
    with counter.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM outbox"))
    assert counter.call("FileComplaint", a_complaint()).number
