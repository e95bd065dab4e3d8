"""Commands over real gRPC: safe to repeat, answered once, and never a secret stored."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from grpc import StatusCode

from services.chassis.errors import TryAgain
from services.chassis.unit_of_work import UnitOfWork
from tests.chassis.counter import Counter, Plan, a_complaint, an_answer, an_api, serving
from tests.support.waiting import until

pytestmark = pytest.mark.database("complaint")


@pytest.fixture
def plan() -> Plan:
    return Plan()


@pytest.fixture
def counter(database: sa.Engine, plan: Plan) -> Iterator[Counter]:
    with serving(an_api(plan), database) as counter:
        yield counter


def test_a_repeated_command_gets_the_same_answer_and_has_one_effect(counter: Counter) -> None:
    request = a_complaint()
    first, second = (counter.call("FileComplaint", request) for _ in range(2))
    assert first == second
    assert len(first.secret) == 26
    assert (counter.count("complaint"), counter.count("command_log")) == (1, 1)


def test_another_request_with_a_used_request_id_is_refused(counter: Counter) -> None:
    request = a_complaint()
    counter.call("FileComplaint", request)
    refused = counter.refusal("FileComplaint", a_complaint(request.request_id, "Lain (contoh)."))
    assert (refused.code, refused.reason) == (StatusCode.INVALID_ARGUMENT, "REQUEST_ID_REUSED")
    assert refused.fields == [("request_id", "unique")]
    assert counter.count("complaint") == 1


def test_a_command_that_comes_meanwhile_waits_for_the_first_ones_answer(
    counter: Counter, plan: Plan
) -> None:
    go_on, request = threading.Event(), a_complaint()
    plan.before = lambda: assert_set(go_on)
    with ThreadPoolExecutor(3) as callers:
        answers = [callers.submit(counter.call, "FileComplaint", request) for _ in range(3)]
        until(lambda: waiting(counter) == 2)
        go_on.set()
        first, second, third = (answer.result() for answer in answers)
    assert first == second == third
    assert plan.ran == [request.request_id]


def assert_set(event: threading.Event) -> None:
    assert event.wait(10)


def waiting(counter: Counter) -> int:
    """How many transactions wait for a lock."""
    with counter.engine.connect() as connection:
        found = connection.scalar(
            sa.text(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'
                """
            )
        )
    return int(found or 0)


def test_a_command_that_failed_is_not_remembered(counter: Counter, plan: Plan) -> None:
    request = a_complaint()

    def fail() -> None:
        raise TryAgain("not now")

    plan.before = fail
    assert counter.refusal("FileComplaint", request).code is StatusCode.UNAVAILABLE
    plan.before = lambda: None
    assert counter.call("FileComplaint", request).number


def test_the_secret_is_in_no_table(counter: Counter) -> None:
    secret = counter.call("FileComplaint", a_complaint()).secret
    with counter.engine.connect() as connection:
        tables = sa.inspect(connection).get_table_names()
        rows = [
            str(row)
            for table in tables
            for row in connection.scalars(sa.text(f'SELECT t::text FROM "{table}" t'))
        ]
    assert any("Gaji" in row for row in rows)
    assert not [row for row in rows if secret in row or secret.encode().hex() in row]


def break_at_commit(uow: UnitOfWork) -> None:
    """A rule that is checked only when the transaction ends."""
    for statement in (
        "CREATE TEMP TABLE once (n int UNIQUE DEFERRABLE INITIALLY DEFERRED) ON COMMIT DROP",
        "INSERT INTO once VALUES (1), (1)",
    ):
        uow.session.execute(sa.text(statement))


def test_a_failing_commit_answers_an_error_and_leaves_nothing_behind(
    counter: Counter, plan: Plan
) -> None:
    request = an_answer()
    plan.act = break_at_commit
    for _ in range(8):
        refused = counter.refusal("AnswerComplaint", request, counter.token())
        assert (refused.code, refused.reason) == (StatusCode.INTERNAL, "INTERNAL")
    assert "once" not in refused.message
    until(counter.is_at_rest)
    assert counter.count("command_log") == 0
    plan.act = lambda _: None
    counter.call("AnswerComplaint", request, counter.token())


def test_a_call_without_a_deadline_is_served(counter: Counter) -> None:
    assert counter.call("FileComplaint", a_complaint(), timeout=0).number


def test_a_call_with_a_deadline_in_years_is_served(counter: Counter) -> None:
    assert counter.call("FileComplaint", a_complaint(), timeout=100_000_000).number


def test_a_call_that_is_past_its_deadline_is_not_begun(database: sa.Engine, plan: Plan) -> None:
    first, late, last = a_complaint(), a_complaint(), a_complaint()
    go_on = threading.Event()
    plan.before = lambda: assert_set(go_on)
    with serving(an_api(plan), database, threads=1) as counter, ThreadPoolExecutor(1) as callers:
        answer = callers.submit(counter.call, "FileComplaint", first)
        until(lambda: plan.ran == [first.request_id])
        refused = counter.refusal("FileComplaint", late, timeout=0.2)
        go_on.set()
        answer.result()
        counter.call("FileComplaint", last)
    assert refused.code is StatusCode.DEADLINE_EXCEEDED
    assert plan.ran == [first.request_id, last.request_id]


def test_a_row_that_stays_locked_is_busy_before_the_caller_gives_up(
    counter: Counter, plan: Plan
) -> None:
    def want(uow: UnitOfWork) -> None:
        uow.session.execute(sa.text("LOCK TABLE complaint"))

    plan.act = want
    with counter.engine.begin() as holder:
        holder.execute(sa.text("LOCK TABLE complaint"))
        refused = counter.refusal("AnswerComplaint", an_answer(), counter.token(), timeout=3)
    assert (refused.code, refused.reason) == (StatusCode.UNAVAILABLE, "BUSY")
    assert refused.retry


def test_a_full_pool_is_said_to_the_caller(database: sa.Engine, plan: Plan) -> None:
    pool = sa.create_engine(
        "postgresql+psycopg://",
        creator=lambda: database.raw_connection().driver_connection,
        pool_size=1,
        max_overflow=0,
        pool_timeout=0.1,
    )
    with serving(an_api(plan), database, pool=pool) as counter:
        with pool.connect():
            refused = counter.refusal("FileComplaint", a_complaint())
        assert (refused.code, refused.reason) == (StatusCode.UNAVAILABLE, "DATABASE_DOWN")
        assert counter.call("FileComplaint", a_complaint()).number
    pool.dispose()


def test_a_database_that_is_away_is_said_to_the_caller(database: sa.Engine, plan: Plan) -> None:
    nowhere = sa.create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with serving(an_api(plan), database, pool=nowhere) as counter:
        refused = counter.refusal("FileComplaint", a_complaint())
    assert (refused.code, refused.reason) == (StatusCode.UNAVAILABLE, "DATABASE_DOWN")
    assert refused.retry
    assert "127.0.0.1" not in refused.message


def test_an_error_of_ours_says_nothing_inner(counter: Counter, plan: Plan) -> None:
    def fail(uow: UnitOfWork) -> None:
        raise KeyError("somebody's narrative")

    plan.act = fail
    refused = counter.refusal("AnswerComplaint", an_answer(), counter.token())
    assert (refused.code, refused.reason) == (StatusCode.INTERNAL, "INTERNAL")
    assert "narrative" not in refused.message
