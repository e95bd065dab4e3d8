"""The fake unit of work with a cheaper undo: it saves what a deed touches, not all there is.

The shared suite's fake copies everything at the start of each transaction; thousands of histories
need it faster. What it saves is complete for custody rows, whose values never change in place.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self, TypeVar

from services.chassis.testing import FakeUnitOfWork
from services.handover.custody import Custody

T = TypeVar("T")
_KEPT = ("heads", "timers", "notes", "_things")


class QuickUnitOfWork(FakeUnitOfWork):
    """A fake whose transaction is undone row by row."""

    _touched: list[tuple[Any, dict[str, Any]]] | None = None

    @contextmanager
    def transaction(self) -> Iterator[Self]:
        before = {name: dict(getattr(self, name)) for name in _KEPT}
        self._touched = []
        try:
            yield self
        except BaseException:
            for thing, state in reversed(self._touched):
                vars(thing).update(state)
            vars(self).update(before)
            self.outbox.clear()
            raise
        finally:
            self._touched = None

    def find(self, cls: type[T], key: str) -> T | None:
        found = super().find(cls, key)
        if isinstance(found, Custody) and self._touched is not None:
            self._touched.append((found, vars(found) | {"offers": list(found.offers)}))
            self._touched += [(offer, dict(vars(offer))) for offer in found.offers]
        return found
