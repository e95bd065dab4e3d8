"""A repair of kafka-python 3.0.12: a task that is handed to its IO thread may hang for ever.

`NetworkSelector._add_ready_task` appends the task first and marks it ready afterwards. The IO
thread may take, run and suspend the task in between; the late mark then says that it is queued,
and nobody wakes it: the caller waits in `run` without a limit, its consumer leaves the group and
reads nothing more (seen: one start in seven of a service with two consumers). Here the task is
marked before it can be taken. Remove this when a release does so; tests/relay would tell.
"""

from typing import Any

import kafka
from kafka.net.selector import NetworkSelector, Task, TaskState

REPAIRED = "3.0.12"


def _add_ready_task(self: Any, task: Any) -> None:
    task.state = TaskState.READY
    self._ready.append(task)


def _call_soon(self: Any, task: Any) -> Any:
    if not isinstance(task, Task):
        task = Task(task)
    self._pending_tasks.add(task)
    self._add_ready_task(task)
    return task


def repair() -> None:
    """Put the right order in place, in the one version that was read."""
    if kafka.__version__ == REPAIRED:
        NetworkSelector._add_ready_task = _add_ready_task  # noqa: SLF001 - the repair itself
        NetworkSelector.call_soon = _call_soon
