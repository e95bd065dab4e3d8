"""The trials that need nothing but the whole system share one, whose books are balanced at its end.

In full they are balanced after each scenario, and so much happens in those of thousands of commands
that the books of all together would take long to balance: each of these has a system of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from infra.local.layout import Layout
from infra.local.ports import Ports
from infra.local.stack import Stack
from tests.faults.arena import is_full, whole
from tests.faults.books import Books
from tests.faults.outpost import a_second_door

# So that they can all be taken within a second.
FEW_CONNECTIONS = {"max_connections": "120"}
MANY_COMMANDS = 5000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """First those that have a system of their own, so that no other one runs beside them."""
    items.sort(key=lambda item: not has_its_own(item))


def has_its_own(item: pytest.Item | pytest.Module) -> bool:
    commands = getattr(getattr(item, "module", None), "COMMANDS", 0)
    return is_full() and commands >= MANY_COMMANDS


@pytest.fixture(scope="module")
def books(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Books]:
    if has_its_own(request.node):
        with a_system(tmp_path_factory.mktemp("own")) as own:
            yield Books(own)
    else:
        shared: Books = request.getfixturevalue("shared_books")
        yield shared
        if is_full():
            shared.balance()


@pytest.fixture(scope="package")
def shared_books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    """Balanced after a scenario, or once after the last one."""
    with a_system(tmp_path_factory.mktemp("whole")) as stack:
        books = Books(stack, balanced_each_time=False)
        yield books
        if not is_full():
            books.balance()


def a_system(home: Path) -> AbstractContextManager[Stack]:
    """A whole one, with what the trials need."""
    layout = Layout(home)
    layout.make()
    return whole(
        home,
        fsync=True,
        postgres_settings=FEW_CONNECTIONS,
        kafka_settings=a_second_door(Ports.of(layout)),
    )
