"""Records that nobody waits for are kept until more have come, for a moment only.

A batch pays for its transaction, so that many records together cost a part of what they cost one
by one. Who waits is waited for: a record that is urgent runs at once, with what was kept of its
partition, in whose order everything runs.
"""

from collections.abc import Callable, Sequence

from services.chassis.clock import monotonic
from services.chassis.progress import Delivery

# Once none has come for so long, none is expected.
GAP_MILLIS = 40
LONGEST_SECONDS = 0.3
MOST_RECORDS = 100


class Linger:
    """What one consumer has read and not run yet."""

    def __init__(self, can_wait: Callable[[Delivery], bool]) -> None:
        self._can_wait = can_wait
        self._kept: list[Delivery] = []
        self._since = 0.0

    @property
    def is_keeping(self) -> bool:
        """Whether something is kept: then the next poll is a short one."""
        return bool(self._kept)

    def take(self, read: Sequence[Delivery], *, at_once: bool) -> list[Delivery]:
        """All that is to run now, in the order in which it was read."""
        if not self._kept:
            self._since = monotonic()
        self._kept += read
        kept, self._kept = self._kept, []
        if at_once or not read or self._is_full_or_old(kept):
            return kept
        urgent = {each.partition for each in read if not self._can_wait(each)}
        self._kept = [each for each in kept if each.partition not in urgent]
        return [each for each in kept if each.partition in urgent]

    def drop(self) -> None:
        """Forget what is kept: it is read again."""
        self._kept = []

    def _is_full_or_old(self, kept: Sequence[Delivery]) -> bool:
        return monotonic() - self._since >= LONGEST_SECONDS or len(kept) >= MOST_RECORDS
