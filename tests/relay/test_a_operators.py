"""What people on call do: look at what waits, let it run, and follow a matter."""

import json

import pytest
from typer.testing import CliRunner, Result

from infra.local.stack import Stack
from services.chassis.catalogue import CUSTODY_TOPIC
from services.cli.main import app
from services.cli.parked import FAILED, MISSING, RAN, WAITS, Choice, parked, requeue
from tests.relay.plants import CLAIMS, DONE, HEAD, head_of, named, park, sql
from tests.support.desk import Desk
from tests.support.waiting import until

pytestmark = pytest.mark.stack
READER = "protection.reactions"


def estafet(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


@pytest.fixture
def key(desk: Desk) -> str:
    """A complaint whose one event protection has read."""
    complaint_id = desk.file()
    assert named(complaint_id) == []
    return complaint_id


def test_a_requeued_record_runs(relay: Stack, key: str) -> None:
    park(relay, "protection", READER, CLAIMS, key)
    assert key in estafet("parked").stdout
    done = estafet("requeue", "--key", key)
    assert f"{READER}: {CLAIMS} {key}: {RAN}" in done.stdout
    assert done.exit_code == 0
    assert named(key) == []


def test_a_requeued_record_that_fails_again_says_why(relay: Stack, key: str) -> None:
    foreign = "UPDATE parked SET headers = headers - 'ce_id' WHERE key = %s"
    park(relay, "protection", READER, CLAIMS, key)
    sql(relay, "protection", foreign, key)
    (outcome,) = requeue(Choice(key=key), 30)
    assert (outcome.state, outcome.why) == (FAILED, "1: Unreadable")
    assert estafet("requeue", "--key", key).exit_code == 1
    sql(relay, "protection", "DELETE FROM parked WHERE key = %s", key)
    sql(relay, "protection", DONE.format("+ 1"), READER, CLAIMS, key)


def test_a_stopped_consumer_runs_nothing_until_it_is_resumed(relay: Stack, key: str) -> None:
    park(relay, "protection", READER, CLAIMS, key)
    stop = "INSERT INTO consumer_stopped (consumer, reason) VALUES (%s, 'parked too much')"
    sql(relay, "protection", stop, READER)
    assert "parked too much" in estafet("consumer", "list").stdout
    (outcome,) = requeue(Choice(READER, key=key), 3)
    assert (outcome.state, outcome.why) == (WAITS, "parked too much")
    assert "goes on" in estafet("consumer", "resume", READER).stdout
    until(lambda: not parked(Choice(READER, key=key)))
    assert named(key) == []


def test_a_key_whose_first_record_never_came_cannot_run(relay: Stack, key: str) -> None:
    park(relay, "protection", READER, CLAIMS, key)
    sql(relay, "protection", "UPDATE parked SET seq = 2 WHERE key = %s", key)
    (outcome,) = requeue(Choice(key=key), 1)
    assert outcome.state == MISSING
    sql(relay, "protection", "DELETE FROM parked WHERE key = %s", key)
    sql(relay, "protection", DONE.format("+ 1"), READER, CLAIMS, key)


def test_a_held_key_unsettles_the_audit_until_it_is_released(
    relay: Stack, desk: Desk, key: str
) -> None:
    hold = "INSERT INTO outbox_held (topic, key, reason) VALUES (%s, %s, 'too large')"
    sql(relay, "complaint", hold, CUSTODY_TOPIC, key)
    desk.offer(key)
    assert key in estafet("outbox", "held").stdout
    unsettled = estafet("audit", "--wait", "1")
    assert unsettled.exit_code == 2
    assert f"{key} 2, held: too large" in unsettled.stderr
    assert estafet("outbox", "release", key).exit_code == 0
    assert named(key) == []


def test_the_audit_exits_0_when_balanced_and_1_with_the_key_when_not(
    relay: Stack, key: str
) -> None:
    assert estafet("audit").exit_code == 0
    sql(relay, "complaint", HEAD.format("seq = seq + 1"), CLAIMS, key)
    told = estafet("audit", "--json")
    sql(relay, "complaint", HEAD.format("seq = seq - 1"), CLAIMS, key)
    assert told.exit_code == 1
    assert {one["key"] for one in json.loads(told.stdout)["differences"]} == {key}


def test_a_journey_tells_every_hand_over_and_event_in_order(
    relay: Stack, desk: Desk, key: str
) -> None:
    case_id = desk.accept(key, desk.offer(key))
    until(lambda: head_of(relay, "protection", "estafet.protection.v1", case_id))
    assert named(case_id) == []
    told = json.loads(estafet("journey", key, "--json").stdout)
    texts = [line["text"].split(",")[0] for line in told["lines"]]
    assert told["lines"] == sorted(told["lines"], key=lambda line: line["at"])
    assert "ComplaintTriaged told by complaint" in texts
    assert "CaseOpened told by protection" in texts
    assert [line["number"] for line in told["lines"] if line["holder"]] == [1, 2, 3]
    assert "held by kp2mi / pelindungan" in told["standing"][0]


def test_the_clock_moves_forward_only(relay: Stack, desk: Desk) -> None:
    backward = estafet("clock", "advance", "2001-01-01")
    assert "only moves forward" in str(backward.exception)
    before = estafet("clock", "show").stdout
    assert "in Jakarta" in before
