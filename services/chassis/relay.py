"""The relay: outbox rows to Kafka, in order per key, at least once, never lost.

64 fixed shards by key hash; any runner of any relay takes any shard. One runner looks for rows;
others join while there is a backlog, so that some can work while the others wait for the database
or the broker.
"""

import logging
import threading

from services.chassis import trouble
from services.chassis.clock import monotonic, part_of_silence
from services.chassis.runner import CLAIM_ROWS, RUNNERS, Runner
from services.chassis.runtime import Runtime

log = logging.getLogger(__name__)
BACKLOG_ROWS = CLAIM_ROWS // 2
SHORTEST_WAIT = 0.002
# So soon after the last rows more are likely: a claim without a look first has them sooner.
LIKELY_SECONDS = 0.05
LONGEST_WAIT = 0.025
LONGEST_WAIT_WHEN_TOLD = 0.25
DOWN_WAIT = 1.0
KEEP_SECONDS = 2.0
STOP_SECONDS = 2.0


class Relay:
    """The threads that move a service's outbox to Kafka.

    is_told: this process's own commits wake it, so that it polls only for what others left.
    """

    def __init__(self, runtime: Runtime, *, is_told: bool = False) -> None:
        self._runtime = runtime
        self._longest = LONGEST_WAIT_WHEN_TOLD if is_told else LONGEST_WAIT
        self._backlog = threading.Event()
        self._stopping = threading.Event()
        self._runners = [Runner(runtime, f"relay.{number}") for number in range(RUNNERS)]
        self._threads = [
            threading.Thread(
                target=self._join_in if number else self._look,
                args=(runner,),
                name=f"relay.{number}",
                daemon=True,
            )
            for number, runner in enumerate(self._runners)
        ]

    def start(self) -> None:
        """Begin to move rows."""
        self._beat = self._runtime.beats.of("relay")
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish the claims in hand, within two seconds; what is left waits for the next relay."""
        self._stopping.set()
        self._runtime.committed.set()
        self._backlog.set()
        deadline = monotonic() + STOP_SECONDS
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, deadline - monotonic()))
        for runner in self._runners:
            runner.start_anew()

    def _look(self, runner: Runner) -> None:
        silent_since = monotonic()
        told = False
        while not self._stopping.is_set():
            silence = monotonic() - silent_since
            try:
                must_look = not told and silence > LIKELY_SECONDS
                moved = runner.move_or_hold(self._until_empty, must_look=must_look)
                self._beat.turned()
            except Exception as error:  # noqa: BLE001 - the relay must outlive every fault
                self._trouble(runner, error)
                wait = DOWN_WAIT
            else:
                # Rows that it was told of break no silence: who stored them tells of the next ones.
                silent_since = monotonic() if moved and not told else silent_since
                wait = SHORTEST_WAIT if moved else self._wait(silence)
            told = self._runtime.committed.wait(wait)
            if told:
                self._runtime.committed.clear()

    def _until_empty(self, sent: int) -> bool:
        self._beat.turned()
        if sent >= BACKLOG_ROWS:
            self._backlog.set()
        return not self._stopping.is_set()

    def _while_backlog(self, sent: int) -> bool:
        return sent >= BACKLOG_ROWS and not self._stopping.is_set()

    def _wait(self, silence: float) -> float:
        return part_of_silence(silence, shortest=SHORTEST_WAIT, longest=self._longest)

    def _join_in(self, runner: Runner) -> None:
        while True:
            if not self._backlog.wait(KEEP_SECONDS):
                runner.start_anew()  # it keeps no connection for long
                self._backlog.wait()
            if self._stopping.is_set():
                return
            try:
                runner.move_or_hold(self._while_backlog)
            except Exception as error:  # noqa: BLE001 - the relay must outlive every fault
                self._trouble(runner, error)
            self._backlog.clear()
            if self._stopping.is_set():
                self._backlog.set()  # `stop` may have set it before: nobody waits for more

    @staticmethod
    def _trouble(runner: Runner, error: Exception) -> None:
        trouble.tell(log, "relay tries again", error)
        runner.start_anew()
