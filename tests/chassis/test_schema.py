"""A service waits for the tables of its release, and for nothing that a later one has brought."""

from collections.abc import Iterable, Iterator

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from services.chassis.migrate import VERSIONS, configuration
from services.chassis.schema import missing_revisions, wait_for

HEADS = sorted(ScriptDirectory.from_config(configuration("complaint")).get_heads())


@pytest.fixture
def engine() -> Iterator[sa.Engine]:
    """An empty database. Where a schema stands is read alike from every kind."""
    made = sa.create_engine("sqlite://")
    yield made
    made.dispose()


def bring_to(engine: sa.Engine, revisions: Iterable[str]) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text(f"CREATE TABLE {VERSIONS} (version_num TEXT)"))
        for revision in revisions:
            connection.execute(
                sa.text(f"INSERT INTO {VERSIONS} VALUES (:revision)"), {"revision": revision}
            )


def missing(engine: sa.Engine) -> list[str]:
    with engine.connect() as connection:
        return missing_revisions(connection, "complaint")


def test_in_an_empty_database_everything_is_missing(engine: sa.Engine) -> None:
    assert missing(engine) == HEADS


def test_a_branch_that_was_not_migrated_yet_is_missing(engine: sa.Engine) -> None:
    bring_to(engine, HEADS[1:])
    assert missing(engine) == HEADS[:1]


def test_at_this_release_nothing_is_missing(engine: sa.Engine) -> None:
    bring_to(engine, HEADS)
    assert missing(engine) == []


def test_a_database_of_a_later_release_is_not_waited_for(engine: sa.Engine) -> None:
    bring_to(engine, [*HEADS[1:], "a revision to come"])
    assert missing(engine) == []


def test_a_service_goes_on_at_once_when_its_tables_are_there(engine: sa.Engine) -> None:
    bring_to(engine, HEADS)
    wait_for("complaint", engine)
