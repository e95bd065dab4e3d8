"""Repairs of four races in kafka-python 3.0.12, after three of which a client reads nothing more.

A task that is handed to its IO thread may hang for ever. `NetworkSelector._add_ready_task` appends
the task first and marks it ready afterwards. The IO thread may take, run and suspend the task in
between; the late mark then says that it is queued, and nobody wakes it: the caller waits in `run`
without a limit, and its consumer leaves the group. Here the task is marked before it can be taken.

An assignment may be lost. A leader that joined before it knew its topics joins again when they
arrive. If the poll that began this join ends before the join does, the next poll compares the
topics only, finds them unchanged and forgets the join: no partitions, no heartbeat, no error (seen:
one start in seven on a busy machine). Here a join that has begun is needed until it is done.

A whole process may go deaf. A response's class of one version is made when it is first needed, and
by mistake it takes its parent's place in the registry, which does not hold it. Two threads that
need it at once make it twice, and one is thrown away: if that one was registered last, whoever
reads a response of this kind from then on fails with ReferenceError, in every client of the
process (seen: in two runs of the faults on one day). Here the registry keeps what it was given
first, the parent, which makes every version.

A record may lie for as long as a fetch may wait. A poll finds nothing to hand out and sends the
next fetch; a response that lands in between frees the broker for that fetch, which leaves out the
partitions of the response, and the poll waits for the new fetch instead of looking again. What
comes in those partitions next is not asked for either, until the fetch ends for want of anything in
the others (seen: half a second in every sixth evening of the demo). Here nothing is fetched while a
response waits to be handed out, and who waits is woken by it.

Remove each when a release does so; tests/chassis and tests/relay would tell.
"""

from typing import Any

import kafka
from kafka.consumer.fetcher import Fetcher
from kafka.coordinator.consumer import ConsumerCoordinator
from kafka.net.selector import NetworkSelector, Task, TaskState
from kafka.protocol.api_header import ResponseClassRegistry

REPAIRED = "3.0.12"
_needs_rejoin = ConsumerCoordinator.need_rejoin
_create_fetch_requests = Fetcher._create_fetch_requests  # noqa: SLF001 - repaired below
_clean_done_fetch_futures = Fetcher._clean_done_fetch_futures  # noqa: SLF001 - idem


def _add_ready_task(self: Any, task: Any) -> None:
    task.state = TaskState.READY
    self._ready.append(task)


def _call_soon(self: Any, task: Any) -> Any:
    if not isinstance(task, Task):
        task = Task(task)
    self._pending_tasks.add(task)
    self._add_ready_task(task)
    return task


def _need_rejoin(self: Any) -> bool:
    return self._join_task is not None or bool(_needs_rejoin(self))


def _register_once(cls: Any, response_class: Any) -> None:
    cls._response_class_registry.setdefault(response_class.API_KEY, response_class)


def _create_when_all_is_handed_out(self: Any) -> dict[int, Any]:
    is_left = self._completed_fetches or self._next_partition_records
    return {} if is_left else dict(_create_fetch_requests(self))


async def _clean_when_all_is_handed_out(self: Any) -> None:
    if not self._completed_fetches:
        await _clean_done_fetch_futures(self)


def repair() -> None:
    """Put the right order in place, in the one version that was read."""
    if kafka.__version__ == REPAIRED:
        NetworkSelector._add_ready_task = _add_ready_task  # noqa: SLF001 - the repair itself
        NetworkSelector.call_soon = _call_soon
        ConsumerCoordinator.need_rejoin = _need_rejoin
        Fetcher._create_fetch_requests = _create_when_all_is_handed_out  # noqa: SLF001 - idem
        Fetcher._clean_done_fetch_futures = _clean_when_all_is_handed_out  # noqa: SLF001 - idem
        ResponseClassRegistry.register_response_class = classmethod(_register_once)
