"""Processes are killed at the worst instants; the audit finds nothing lost and nothing doubled."""

import pytest

from infra.local.stack import Stack
from services.cli.audit.command import run
from tests.support.desk import Desk
from tests.support.kills import worked_through_a_kill

pytestmark = pytest.mark.stack
MATTERS = 40


@pytest.mark.parametrize(
    ("process", "point"),
    [
        ("complaint", "relay.before_send"),
        ("complaint", "relay.after_ack"),
        ("protection", "reactions.after_commit"),
        ("complaint", "reactions.after_commit"),
    ],
)
def test_a_kill_between_two_steps_loses_and_doubles_nothing(
    relay: Stack, desk: Desk, process: str, point: str
) -> None:
    taken = worked_through_a_kill(relay, process, point, matters=MATTERS, passes=10)
    assert len(set(taken)) == MATTERS
    assert run(records=True).differences == []
