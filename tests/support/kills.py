"""People at work while a process dies between two steps."""

from concurrent.futures import ThreadPoolExecutor

from infra.local.stack import Stack
from tests.support.desk import Desk
from tests.support.waiting import until

PEOPLE = 4


def worked_through_a_kill(
    stack: Stack, process: str, point: str, *, matters: int, passes: int
) -> list[str]:
    """The complaints that people have filed, offered and accepted, each act until it was answered.

    The process died at the fail point after so many passes, and was started again.
    """
    armed = stack.layout.home / "failpoints" / f"{process}-0.{point}"
    armed.parent.mkdir(exist_ok=True)
    armed.write_text(str(passes))
    desk = Desk(stack)
    with ThreadPoolExecutor(PEOPLE) as people:
        taken = [people.submit(desk.hand_over) for _ in range(matters)]
        until(lambda: not stack.process(process).is_running)
        stack.process(process).start()
        stack.process(process).wait()
        assert not armed.exists()  # it died there, and not of something else
        return [each.result() for each in taken]
