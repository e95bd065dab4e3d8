"""People at work while a process dies between two steps."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from infra.local.stack import Stack
from tests.support.desk import Desk
from tests.support.unread import unread
from tests.support.waiting import until

PEOPLE = 4


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

    The process died at the fail point after so many passes, and was started again. Before, it has
    read a first one: a consumer that was just started joins its group late, would run many records
    in few batches, and pass the point too seldom.
    """
    desk = Desk(stack)
    desk.hand_over()
    until(lambda: not unread(stack, process))
    armed = arm(stack, f"{process}-0", point, passes)
    with ThreadPoolExecutor(PEOPLE) as people:
        taken = [people.submit(desk.hand_over) for _ in range(matters)]
        until(lambda: not stack.process(process).is_running)
        stack.process(process).start()
        stack.process(process).wait()
        assert not armed.exists()  # it died there, and not of something else
        return [each.result() for each in taken]
