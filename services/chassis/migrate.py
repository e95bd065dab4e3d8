"""Brings a service's database to this release: the kernels' tables and its own, forward only.

Each kernel and each service has a branch of its own in Alembic's graph, so that none of them has
to know the others' revisions. Two runs at once wait for each other. A database that a later
release has brought further is left as it is: every migration is safe beside the release before it,
which may so come back.
"""

import os
import time
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from services.chassis.runtime import make_engine
from services.chassis.settings import Settings

SERVICES = Path(__file__).resolve().parents[1]
KERNELS = ("chassis", "handover", "messages", "process")
WAIT_SECONDS = 0.2
LOCK = 0x6D696772  # "migr"
VERSIONS = "schema_version"


def migrated_services() -> tuple[str, ...]:
    """The services that own a database."""
    folders = (path.parent.name for path in SERVICES.glob("*/migrations"))
    return tuple(sorted(name for name in folders if name not in KERNELS))


def _locations(service: str) -> list[str]:
    folders = (SERVICES / name / "migrations" / "versions" for name in (*KERNELS, service))
    return [str(folder) for folder in folders if folder.is_dir()]


def configuration(service: str) -> Config:
    """Alembic's configuration for one service's database."""
    config = Config()
    config.set_main_option("script_location", str(SERVICES / "chassis" / "migrations"))
    config.set_main_option("path_separator", "os")
    locations = os.pathsep.join(_locations(service)).replace("%", "%%")
    config.set_main_option("version_locations", locations)
    return config


def migrate(service: str, settings: Settings) -> list[str]:
    """Run what is missing, as the migrator role; the revisions of a later release, left alone."""
    engine = make_engine(settings, service, "migrator")
    try:
        with engine.connect() as connection:
            return migrate_on(connection, service)
    finally:
        engine.dispose()


def migrate_on(connection: sa.Connection, service: str) -> list[str]:
    """Run what is missing on a connection of the migrator; the revisions of a later release."""
    _wait_for_others(connection)
    config = configuration(service)
    config.attributes["connection"] = connection
    later = later_revisions(connection, config)
    connection.commit()
    if not later:
        command.upgrade(config, "heads")
    connection.commit()
    connection.execute(sa.text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
    connection.commit()
    return later


def _wait_for_others(connection: sa.Connection) -> None:
    """Take the lock of all migrations, asking again and again: whoever waits within a statement
    would be waited for by the other's CREATE INDEX CONCURRENTLY."""
    take = sa.text("SELECT pg_try_advisory_lock(:lock)")
    while not connection.execute(take, {"lock": LOCK}).scalar_one():
        connection.commit()
        time.sleep(WAIT_SECONDS)
    connection.commit()


def later_revisions(connection: sa.Connection, config: Config) -> list[str]:
    """Where a database stands that this release does not know, for it is of a later one."""
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    context = MigrationContext.configure(connection, opts={"version_table": VERSIONS})
    return sorted(set(context.get_current_heads()) - known)
