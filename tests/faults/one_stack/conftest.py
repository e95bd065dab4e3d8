"""The trials that need nothing but the whole system: cut short, they share one.

In full, so much happens in each that the books of all together would take long to close.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.layout import Layout
from infra.local.ports import Ports
from tests.faults.arena import is_full, whole
from tests.faults.books import Books
from tests.faults.outpost import a_second_door

# So that they can all be taken within a second.
FEW_CONNECTIONS = {"max_connections": "120"}


@pytest.fixture(scope="module" if is_full() else "package")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    layout = Layout(tmp_path_factory.mktemp("whole"))
    layout.make()
    with whole(
        layout.home,
        fsync=True,
        postgres_settings=FEW_CONNECTIONS,
        kafka_settings=a_second_door(Ports.of(layout)),
    ) as stack:
        books = Books(stack, balanced_each_time=is_full())
        yield books
        if not books.balanced_each_time:
            books.balance()
