"""The migrations of every service make the tables that its code works with."""

import importlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from services.chassis.migrate import (
    KERNELS,
    VERSIONS,
    configuration,
    migrate_on,
    migrated_services,
)
from services.chassis.tables import metadata
from tests.databases import Databases

pytestmark = pytest.mark.database


def tables_of(service: str) -> Iterator[str]:
    """The tables in the modules that a service's process imports."""
    for module in ("chassis.tables", *(f"{name}.store" for name in (*KERNELS, service))):
        try:
            found = importlib.import_module(f"services.{module}")
        except ModuleNotFoundError:
            continue
        yield from (table.name for table in vars(found).values() if isinstance(table, sa.Table))


def differences(engine: sa.Engine, service: str) -> list[object]:
    own = set(tables_of(service))
    others = set(metadata.tables) - own

    def is_own(name: str | None, kind: str, _: object) -> bool:
        return kind != "table" or name not in {VERSIONS, *others}

    def is_compared(thing: object, name: str | None, kind: str, *_: object) -> bool:
        return kind != "table" or name not in others

    with engine.connect() as connection:
        options = {"include_name": is_own, "include_object": is_compared}
        context = MigrationContext.configure(connection, opts=options)
        return list(compare_metadata(context, metadata))


@pytest.mark.parametrize("service", migrated_services())
def test_the_migrations_make_what_the_code_says(databases: Databases, service: str) -> None:
    with databases.of(service) as engine:
        assert differences(engine, service) == []


def test_a_table_that_no_migration_makes_is_found(databases: Databases) -> None:
    with databases.of("complaint") as engine:
        with engine.begin() as connection:
            connection.execute(sa.text("DROP TABLE timer"))
        assert differences(engine, "complaint") != []


@pytest.mark.parametrize("service", migrated_services())
def test_migrating_again_changes_nothing(databases: Databases, service: str) -> None:
    with databases.of(service) as engine:
        with engine.connect() as connection:
            migrate_on(connection, service)
        assert differences(engine, service) == []


def nothing(_engine: sa.Engine) -> None:
    """An empty database."""


def test_two_releases_that_migrate_at_once_wait_for_each_other(databases: Databases) -> None:
    with databases.fresh("template_nothing", nothing) as engine:

        def run() -> None:
            with engine.connect() as connection:
                migrate_on(connection, "protection")

        with ThreadPoolExecutor() as threads:
            for each in [threads.submit(run), threads.submit(run)]:
                each.result(60)
        assert differences(engine, "protection") == []


def head_of(service: str) -> str:
    """The newest revision of a service's own branch."""
    script = ScriptDirectory.from_config(configuration(service))
    return str(script.get_revision(f"{service}@head").revision)


def test_a_database_of_a_later_release_stays_as_it_is_when_this_one_comes_back(
    databases: Databases,
) -> None:
    later = (
        "UPDATE schema_version SET version_num = 'complaint_9999' WHERE version_num LIKE 'comp%'"
    )
    stands = sa.text("SELECT array_agg(version_num ORDER BY 1) FROM schema_version")
    with databases.of("complaint") as engine:
        with engine.begin() as connection:
            connection.execute(sa.text(later), {"head": head_of("complaint")})
            before = connection.execute(stands).scalar_one()
        with engine.connect() as connection:
            assert migrate_on(connection, "complaint") == ["complaint_9999"]
            assert connection.execute(stands).scalar_one() == before
        assert "complaint_9999" in before
        assert differences(engine, "complaint") == []
