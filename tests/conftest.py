"""What every test may ask for. Nothing starts before a test asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

# Imported where they are used: together they take longer than most tests.
if TYPE_CHECKING:
    import sqlalchemy as sa

    from infra.local.stack import Stack
    from tests.databases import Databases


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
def database(databases: Databases) -> Iterator[sa.Engine]:
    """A database of its own with the chassis' tables."""
    from tests.databases import build_chassis

    with databases.fresh("template_chassis", build_chassis) as engine:
        yield engine
