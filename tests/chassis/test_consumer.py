"""A reactions class on a real broker: every record once, in order of its key; what cannot run
is parked and holds up its own key only."""

import pytest
import sqlalchemy as sa
from opentelemetry import trace
from sqlalchemy.exc import OperationalError

from services.chassis.errors import NotFound, TryAgain, Unavailable
from services.chassis.progress import Delivery
from tests.chassis.trial import Trial, a_key, triaged
from tests.gateway.spans import Spans
from tests.support.waiting import until

pytestmark = pytest.mark.broker


def renamed(delivery: Delivery, **headers: str) -> Delivery:
    """The same record with other headers."""
    changed = {**delivery.record.headers, **headers}
    record = type(delivery.record)(**{**vars(delivery.record), "headers": changed})
    return Delivery(record, delivery.payload)


def test_every_record_runs_once_in_order_of_its_key(trial: Trial) -> None:
    keys = [a_key(), a_key()]
    for key in keys:
        trial.tell(key, 15)
    with trial.reading():
        until(trial.read_to_the_end)
    assert [trial.effects(key) for key in keys] == [list(range(1, 16))] * 2


def test_nothing_is_rolled_back_while_all_is_well(trial: Trial) -> None:
    rolled_back: list[object] = []
    key = a_key()
    sa.event.listen(trial.engine, "rollback", rolled_back.append)
    with trial.relaying(), trial.reading():
        trial.emit(triaged(key), triaged(key))
        until(lambda: trial.effects(key) == [1, 2] and trial.read_to_the_end())
    assert not rolled_back, "psycopg forgets a link's prepared statements at every ROLLBACK"


def test_a_record_that_comes_again_has_no_new_effect(
    trial: Trial, caplog: pytest.LogCaptureFixture
) -> None:
    key = a_key()
    trial.tell(key, 3)
    with trial.reading():
        until(lambda: trial.effects(key) == [1, 2, 3])
        trial.produce(trial.records())
        trial.tell(key)
        until(lambda: 4 in trial.effects(key))
    assert trial.effects(key) == [1, 2, 3, 4]
    assert "alarm: one number with two ids" not in caplog.messages


def test_a_number_that_comes_with_two_ids_raises_an_alarm(
    trial: Trial, caplog: pytest.LogCaptureFixture
) -> None:
    key = a_key()
    trial.tell(key)
    with trial.reading():
        until(lambda: trial.effects(key) == [1])
        trial.produce([renamed(trial.records()[0], ce_id="another")])
        until(lambda: "alarm: one number with two ids" in caplog.messages)
    assert trial.effects(key) == [1]


def test_a_gap_parks_what_comes_after_it(trial: Trial, caplog: pytest.LogCaptureFixture) -> None:
    key = a_key()
    trial.tell(key)
    [first] = trial.records()
    with trial.reading():
        until(lambda: trial.effects(key) == [1])
        trial.produce([renamed(first, ce_sequence="3", ce_id="three")])
        trial.produce([renamed(first, ce_sequence="4", ce_id="four")])
        until(lambda: len(trial.parked(key)) == 2)
    assert trial.parked(key) == [(3, "gap"), (4, "behind")]
    assert trial.effects(key) == [1]
    assert "alarm: gap in a key" in caplog.messages


def test_a_bug_parks_its_key_and_no_other(trial: Trial, caplog: pytest.LogCaptureFixture) -> None:
    bad, good = a_key(), a_key()
    trial.faults[bad] = KeyError("a bug")
    trial.tell(bad, 3)
    trial.tell(good, 2)
    with trial.reading():
        until(trial.read_to_the_end)
    assert trial.parked(bad) == [(1, "failed"), (2, "behind"), (3, "behind")]
    assert trial.effects(bad) == []
    assert trial.effects(good) == [1, 2]
    assert "alarm: record parked" in caplog.messages


def test_a_requeued_key_runs_in_order_and_goes_on_with_what_comes(trial: Trial) -> None:
    key = a_key()
    trial.faults[key] = KeyError("a bug")
    trial.tell(key, 3)
    with trial.reading():
        until(lambda: len(trial.parked(key)) == 3)
        trial.faults.clear()
        trial.requeue(key)
        until(lambda: trial.effects(key) == [1, 2, 3])
        trial.tell(key)
        until(lambda: trial.effects(key) == [1, 2, 3, 4])
    assert trial.parked(key) == []


def test_a_requeued_record_that_fails_again_stays_and_holds_its_key(trial: Trial) -> None:
    key = a_key()
    trial.faults[key] = KeyError("a bug")
    trial.tell(key, 2)
    with trial.reading():
        until(lambda: len(trial.parked(key)) == 2)
        trial.requeue(key)
        until(lambda: trial.value("SELECT max(attempts) FROM parked") == 2)
    assert trial.parked(key) == [(1, "failed"), (2, "behind")]
    assert trial.effects(key) == []


def trace_of(trial: Trial, key: str) -> str:
    return str(trial.value("SELECT trace_id FROM effect WHERE key = :key", key=key))


def origin_of(trial: Trial) -> str:
    """The trace in which the topic's one record was emitted."""
    [delivery] = trial.records()
    return delivery.record.headers["traceparent"].split("-")[1]


def tell_in_a_trace(trial: Trial, key: str) -> None:
    with trace.get_tracer("trial").start_as_current_span("an act"):
        trial.emit(triaged(key))
    trial.drain()


def test_a_first_delivery_goes_on_in_the_trace_that_emitted_it(trial: Trial, spans: Spans) -> None:
    key = a_key()
    tell_in_a_trace(trial, key)
    with trial.reading():
        until(lambda: trial.effects(key) == [1])
    assert trace_of(trial, key) == origin_of(trial)


def test_a_requeued_record_runs_in_a_new_trace_that_links_back(trial: Trial, spans: Spans) -> None:
    key = a_key()
    trial.faults[key] = KeyError("a bug")
    tell_in_a_trace(trial, key)
    with trial.reading():
        until(lambda: len(trial.parked(key)) == 1)
        trial.faults.clear()
        trial.requeue(key)
        until(lambda: trial.effects(key) == [1])
    assert_ran_in_a_new_trace(trial, key, spans)


def test_a_requeued_record_that_waits_again_keeps_its_new_trace(trial: Trial, spans: Spans) -> None:
    key = a_key()
    trial.faults[key] = KeyError("a bug")
    tell_in_a_trace(trial, key)
    with trial.reading():
        until(lambda: trial.parked(key) == [(1, "failed")])
        trial.faults[key] = TryAgain("not now")
        trial.requeue(key)
        until(lambda: trial.parked(key) == [(1, "waiting")])
        trial.faults.clear()
        until(lambda: trial.effects(key) == [1])
    assert_ran_in_a_new_trace(trial, key, spans)


def assert_ran_in_a_new_trace(trial: Trial, key: str, spans: Spans) -> None:
    """The one record of a topic ran in a trace that links back to where it was emitted."""
    ran = trace_of(trial, key)
    origin = origin_of(trial)
    span = spans.wait_for(lambda span: format(span.context.trace_id, "032x") == ran)
    assert ran != origin
    assert [format(link.context.trace_id, "032x") for link in span.links] == [origin]
    assert dict(span.attributes or {})["estafet.caused_by_trace"] == origin


@pytest.mark.parametrize("error", [NotFound("not here yet"), TryAgain("not now")])
def test_what_is_not_ready_heals_by_itself_in_the_same_trace(
    trial: Trial, spans: Spans, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    key = a_key()
    trial.faults[key] = error
    tell_in_a_trace(trial, key)
    with trial.reading():
        until(lambda: trial.parked(key) == [(1, "waiting")])
        trial.faults.clear()
        until(lambda: trial.effects(key) == [1])
    assert trace_of(trial, key) == origin_of(trial)
    assert not [message for message in caplog.messages if message.startswith("alarm")]


def test_a_record_that_waits_and_meets_a_deadlock_goes_on_waiting(
    trial: Trial, caplog: pytest.LogCaptureFixture
) -> None:
    key = a_key()
    trial.faults[key] = TryAgain("not now")
    trial.tell(key)
    with trial.reading():
        until(lambda: trial.parked(key) == [(1, "waiting")])
        trial.faults[key] = a_deadlock(trial)
        until(lambda: "40P01" in trial.value("SELECT error FROM parked"))
        assert trial.parked(key) == [(1, "waiting")]
        trial.faults.clear()
        until(lambda: trial.effects(key) == [1])
    assert not [message for message in caplog.messages if message.startswith("alarm")]


def test_a_row_that_others_keep_locked_costs_its_own_key_only(
    trial: Trial, caplog: pytest.LogCaptureFixture
) -> None:
    key, other = a_key(), a_key()
    trial.faults[key] = a_deadlock(trial)
    with trial.reading():
        trial.tell(key, 2)
        trial.tell(other)
        until(lambda: trial.effects(other) == [1])
        until(lambda: trial.parked(key) == [(1, "waiting"), (2, "behind")])
        trial.faults.clear()
        until(lambda: trial.effects(key) == [1, 2])
    assert not [message for message in caplog.messages if message.startswith("alarm")]


def a_deadlock(trial: Trial) -> Exception:
    """What PostgreSQL says to the one that it ends."""
    with pytest.raises(OperationalError) as raised:
        trial.all("DO $$ BEGIN RAISE 'ended' USING ERRCODE = 'deadlock_detected'; END $$")
    return raised.value


def test_a_neighbour_that_is_down_pauses_everything_and_parks_nothing(
    trial: Trial, caplog: pytest.LogCaptureFixture
) -> None:
    key = a_key()
    trial.faults[key] = Unavailable("protection does not answer")
    trial.tell(key, 2)
    with trial.reading():
        until(lambda: caplog.messages.count("paused") >= 2)
        trial.faults.clear()
        until(lambda: trial.effects(key) == [1, 2])
    assert trial.value("SELECT count(*) FROM parked") == 0
    assert "consumer starts again" not in caplog.messages


def test_a_parked_record_whose_neighbour_is_down_pauses_without_leaving_the_group(
    trial: Trial, caplog: pytest.LogCaptureFixture
) -> None:
    key = a_key()
    trial.faults[key] = TryAgain("not now")
    trial.tell(key)
    with trial.reading():
        until(lambda: len(trial.parked(key)) == 1)
        trial.faults[key] = Unavailable("protection does not answer")
        until(lambda: "paused" in caplog.messages)
        trial.faults.clear()
        until(lambda: trial.effects(key) == [1])
    assert "consumer starts again" not in caplog.messages


def test_rows_that_may_not_run_yet_do_not_keep_others_from_running(trial: Trial) -> None:
    """Twenty keys are due by their time only; the one that may run is the youngest."""
    for number in range(25):
        due_behind_a_failure(trial, f"stuck-{number}")
    key = a_key()
    trial.faults[key] = TryAgain("not now")
    trial.tell(key)
    with trial.reading():
        until(lambda: len(trial.parked(key)) == 1)
        trial.faults.clear()
        until(lambda: trial.effects(key) == [1])


def due_behind_a_failure(trial: Trial, key: str) -> None:
    values = {"name": trial.name, "key": key}
    trial.all("INSERT INTO progress VALUES (:name, 't', :key, 1, 0, '')", **values)
    trial.all(
        """
        INSERT INTO parked (consumer, topic, key, seq, record_id, headers, payload, reason,
            retry_at)
        VALUES (:name, 't', :key, 1, 'a', '{}', '', 'failed', NULL),
               (:name, 't', :key, 2, 'b', '{}', '', 'behind', now() - interval '1 hour')
        """,
        **values,
    )
