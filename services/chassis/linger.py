"""Records that nobody waits for are kept until more have come, for a moment only.

A batch pays for its transaction, so that many records together cost a part of what they cost one
by one. Who waits is waited for: one record that is urgent runs at once, with all that was kept.
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
        """All that is to run now, in the order in which it was read; nothing while more comes."""
        if not self._kept:
            self._since = monotonic()
        self._kept += read
        if read and not at_once and self._may_linger(read):
            return []
        kept, self._kept = self._kept, []
        return kept

    def drop(self) -> None:
        """Forget what is kept: it is read again."""
        self._kept = []

    def _may_linger(self, read: Sequence[Delivery]) -> bool:
        is_short = monotonic() - self._since < LONGEST_SECONDS and len(self._kept) < MOST_RECORDS
        return is_short and all(map(self._can_wait, read))
