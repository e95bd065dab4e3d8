"""The trials that need nothing but the whole system: cut short, they share one.

In full, so much happens in each that the books of all together would take long to close.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.arena import is_full, whole
from tests.faults.books import Books

# So that they can all be taken within a second.
FEW_CONNECTIONS = {"max_connections": "120"}


@pytest.fixture(scope="module" if is_full() else "package")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    home = tmp_path_factory.mktemp("whole")
    with whole(home, fsync=True, postgres_settings=FEW_CONNECTIONS) as stack:
        books = Books(stack, audited=is_full())
        yield books
        books.audit()
