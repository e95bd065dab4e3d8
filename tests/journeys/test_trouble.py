"""Parts of the relay fail in the middle of work: a delay and a clear error, nothing lost, nothing
twice. What was accepted is counted past the services: in the tables and on the topics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from estafet.complaint.v1.events_pb2 import ComplaintFiled, ComplaintTriaged
from estafet.handover.v1.custody_pb2 import HandoverOffered, MatterOpened

from infra.local.processes import Process
from services.chassis.catalogue import CUSTODY_TOPIC
from services.chassis.envelope import open_envelope
from services.handover.ledger import Ledger
from tests.journeys.load import Load
from tests.journeys.relay import Relay
from tests.support.topics import records
from tests.support.waiting import until

pytestmark = pytest.mark.stack

# What filing, triage and offer of one complaint leave on the topics.
ONCE = (ComplaintFiled, ComplaintTriaged, HandoverOffered, MatterOpened)
COUNTED = "SELECT count(*) AS n FROM particulars WHERE narrative = %s"
WAITING = """
    SELECT matter_id, offer_no FROM offer JOIN known_matter USING (matter_id)
    WHERE state = 'offered' AND matter_id = ANY(%s) AND severity = 2
"""


def killed(process: Process) -> None:
    """It ends at once, as in a crash, and is started again."""
    process.kill()
    process.restart()


def restarted(process: Process) -> None:
    process.restart()


@pytest.mark.parametrize(
    ("part", "trouble"),
    [("kafka", restarted), ("postgres", restarted), ("complaint", killed), ("protection", killed)],
)
def test_nothing_is_lost_or_done_twice_when_a_part_fails(
    relay: Relay, part: str, trouble: Callable[[Process], None]
) -> None:
    with Load(relay) as load:
        until(lambda: len(load.offered) >= 5 or load.faults)
        trouble(relay.stack.process(part))
        before = len(load.offered)
        until(lambda: len(load.offered) >= before + 5 or load.faults, seconds=90)
    print(f"  {part}: {len(load.filed)} filed, {len(load.told)} times told to wait")
    assert load.faults == []
    assert_once(relay, load)
    assert_clear(load)


def test_a_dead_trace_receiver_delays_nobody(relay: Relay) -> None:
    receiver = relay.stack.process("receiver")
    receiver.kill()
    try:
        with Load(relay) as load:
            until(lambda: len(load.offered) >= 10 or load.faults)
    finally:
        receiver.restart()
    assert (load.faults, load.told, load.unreached) == ([], [], 0)
    assert_once(relay, load)


def test_while_a_deputy_is_down_the_door_says_so_and_the_others_work(relay: Relay) -> None:
    protection = relay.stack.process("protection")
    officer, person = relay.officer("officer-protection"), relay.person()
    protection.kill()
    try:
        answer = officer.client.get("/v1/protection/offers")
        filed = person.post("/v1/complaints", narrative="in the meantime")
    finally:
        protection.restart()
    assert filed["number"]
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["service"]) == (503, "protection")
    assert int(answer.headers["Retry-After"]) >= 1
    until(lambda: officer.client.get("/v1/protection/offers").is_success)


def assert_once(relay: Relay, load: Load) -> None:
    """Every accepted call's effect is there once: in both databases and on the topics."""
    assert len(set(load.filed)) == len(load.filed)
    (kept,) = relay.rows("complaint", COUNTED, load.mark)
    assert kept["n"] == len(load.filed)
    until(lambda: waiting(relay, load) == load.offered, seconds=60)
    seen, ledger = on_topics(relay)
    assert {name: seen[name] for name in wanted(load)} == wanted(load)
    assert not set(load.filed) & set(ledger.breaks)
    assert relay.rows("complaint", "SELECT * FROM parked") == []
    assert relay.rows("protection", "SELECT * FROM parked") == []


def waiting(relay: Relay, load: Load) -> dict[str, int]:
    """The load's complaints in protection's queue, with the number of their offer."""
    found = relay.rows("protection", WAITING, list(load.offered))
    return {row["matter_id"]: row["offer_no"] for row in found}


def wanted(load: Load) -> dict[tuple[str, str], int]:
    return {(cls.DESCRIPTOR.full_name, key): 1 for cls in ONCE for key in load.offered}


def on_topics(relay: Relay) -> tuple[Counter[tuple[str, str]], Ledger]:
    """How many different records (ce_id) of a type a key has, and the custody logs, folded."""
    ids: set[tuple[str, str, str]] = set()
    ledger = Ledger()
    for raw in records(relay.stack):
        headers = {name: value.decode() for name, value in raw.headers}
        record = open_envelope(raw.topic, raw.key.decode(), headers, (raw.partition, raw.offset))
        ids.add((record.type, record.key, record.record_id))
        if raw.topic == CUSTODY_TOPIC:
            ledger.read(record, raw.value)
    return Counter((kind, key) for kind, key, _ in ids), ledger


def assert_clear(load: Load) -> None:
    """Whoever had to wait was told so in the one form, and when to come again."""
    for answer in load.told:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["reason"]
        if answer.status_code == 503:
            assert int(answer.headers["Retry-After"]) >= 1
