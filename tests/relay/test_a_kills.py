"""Processes are killed at the worst instants; nothing is lost and nothing happens twice."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from infra.local.stack import Stack
from services.cli.audit.command import run
from tests.relay.desk import Desk, until

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
    folder = relay.layout.home / "failpoints"
    folder.mkdir(exist_ok=True)
    armed = folder / f"{process}-0.{point}"
    armed.write_text("10")

    def work(_number: int) -> str:
        complaint_id = desk.file()
        desk.accept(complaint_id, desk.offer(complaint_id))
        return complaint_id

    with ThreadPoolExecutor(4) as people:
        working = [people.submit(work, number) for number in range(MATTERS)]
        until(lambda: not relay.process(process).is_running)
        relay.process(process).restart()
        matters = {each.result() for each in working}
    assert not armed.exists()
    assert len(matters) == MATTERS
    report = run(records=True)
    assert report.differences == []
