"""Brings a service's database to this release: the kernels' tables and its own, forward only.

Each kernel and each service has a branch of its own in Alembic's graph, so that none of them has
to know the others' revisions. Two runs at once wait for each other.
"""

import os
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from services.chassis.runtime import make_engine
from services.chassis.settings import Settings

SERVICES = Path(__file__).resolve().parents[1]
KERNELS = ("chassis", "handover", "process")
LOCK = 0x6D696772  # "migr"


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


def migrate(service: str, settings: Settings) -> None:
    """Run what is missing, as the migrator role."""
    engine = make_engine(settings, service, "migrator")
    try:
        with engine.connect() as connection:
            migrate_on(connection, service)
    finally:
        engine.dispose()


def migrate_on(connection: sa.Connection, service: str) -> None:
    """Run what is missing on a connection of the migrator."""
    connection.execute(sa.text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
    connection.commit()
    config = configuration(service)
    config.attributes["connection"] = connection
    command.upgrade(config, "heads")
    connection.commit()
    connection.execute(sa.text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})
    connection.commit()
