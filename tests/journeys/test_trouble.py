"""What people are told while a part of the relay is away. That nothing is lost or done twice is
shown in tests/faults."""

from __future__ import annotations

import pytest

from tests.journeys.relay import Relay
from tests.support.waiting import until

pytestmark = pytest.mark.stack


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
