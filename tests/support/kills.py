"""People at work while a process dies between two steps."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import psycopg

from infra.local.stack import Stack
from services.chassis.clock import real_now
from tests.support.desk import Desk
from tests.support.waiting import until

PEOPLE = 4
LISTENS = "SELECT bool_and(coalesce(at_end_at > %s, false)) FROM position"


def listens(stack: Stack, service: str, since: datetime) -> bool:
    """Whether a service's consumers have read all there was at an instant.

    One that was just started joins its group late: it would run many records in few batches, and
    pass a fail point too seldom.
    """
    with psycopg.connect(stack.dsn(service, "auditor")) as auditor:
        row = auditor.execute(LISTENS, (since,)).fetchone()
    return row is not None and bool(row[0])


def arm(stack: Stack, replica: str, point: str, passes: int) -> Path:
    """Have a replica kill itself at a point after so many passes; the file goes when it does."""
    armed = stack.layout.home / "failpoints" / f"{replica}.{point}"
    armed.parent.mkdir(exist_ok=True)
    armed.write_text(str(passes))
    return armed


def worked_through_a_kill(
    stack: Stack, process: str, point: str, *, matters: int, passes: int
) -> list[str]:
    """The complaints that people have filed, offered and accepted, each act until it was answered.

    The process died at the fail point after so many passes, and was started again.
    """
    began = real_now()
    until(lambda: listens(stack, process, began))
    armed = arm(stack, f"{process}-0", point, passes)
    desk = Desk(stack)
    with ThreadPoolExecutor(PEOPLE) as people:
        taken = [people.submit(desk.hand_over) for _ in range(matters)]
        until(lambda: not stack.process(process).is_running)
        stack.process(process).start()
        stack.process(process).wait()
        assert not armed.exists()  # it died there, and not of something else
        return [each.result() for each in taken]
