"""What every test may ask for. Nothing starts before a test asks for it."""

from __future__ import annotations

import gc
import subprocess
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.run import MARKS

# Imported where they are used: together they take longer than most tests.
if TYPE_CHECKING:
    import sqlalchemy as sa

    from infra.local.stack import Stack
    from tests.databases import Databases


NEEDS_STACK = ("database", "broker", "stack")


def pytest_collection() -> None:
    """Collect no garbage while modules are loaded: they stay, and looking through them again and
    again is a fifth of the quick suite's time."""
    gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that starts something says so by its mark: the unmarked suite needs nothing."""
    for item in items:
        asks = "stack" in getattr(item, "fixturenames", ())
        if asks and not any(item.get_closest_marker(mark) for mark in NEEDS_STACK):
            marks = ", ".join(NEEDS_STACK)
            raise pytest.UsageError(f"{item.nodeid} needs the stack: mark it {marks}")


@pytest.fixture(autouse=True)
def needs_nothing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test without a mark starts no process, so that the quick suite stays quick."""
    if not any(request.node.get_closest_marker(mark) for mark in MARKS):
        monkeypatch.setattr(subprocess.Popen, "_execute_child", _refuse)


def _refuse(_started: object, command: object, *_: object, **__: object) -> None:
    raise AssertionError(f"{command} is a process: mark the test {', '.join(MARKS)}")


@pytest.fixture(scope="session")
def stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """PostgreSQL, and Kafka if a test of this run is marked `broker`, in a home of their own."""
    from infra.local.discovery import discover
    from infra.local.stack import BROKER, DATABASE, Stack

    wants_kafka = any(item.get_closest_marker("broker") for item in request.session.items)
    parts = BROKER if wants_kafka else DATABASE
    home = tmp_path_factory.mktemp("stack")
    with Stack(home, services=discover().services, parts=parts, fsync=False) as running:
        yield running


@pytest.fixture(scope="session")
def databases(stack: Stack) -> Databases:
    """Makes scratch databases."""
    from tests.databases import Databases

    return Databases(stack)


@pytest.fixture
def database(request: pytest.FixtureRequest, databases: Databases) -> Iterator[sa.Engine]:
    """A database of the test's own, as superuser: with the chassis' tables, or migrated for the
    service that the mark names, `@pytest.mark.database("complaint")`."""
    mark = request.node.get_closest_marker("database")
    with databases.of(*(mark.args if mark else ())) as engine:
        yield engine
