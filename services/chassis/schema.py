"""Wait until a service's database is at this release: `python -m services.chassis.schema NAME`.

Pods start in any order. An open port says nothing: what a service needs are the tables of its own
release, or of a later one (every migration is safe beside the release before it).
"""

import logging
import sys
import time

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from services.chassis import logs
from services.chassis.migrate import VERSIONS, configuration, later_revisions
from services.chassis.runtime import make_engine
from services.chassis.settings import Settings

LOOK_SECONDS = 1.0
log = logging.getLogger(__name__)


def missing_revisions(connection: sa.Connection, service: str) -> list[str]:
    """Which of this release's newest revisions a database has not got; none of a later one."""
    config = configuration(service)
    if later_revisions(connection, config):
        return []
    context = MigrationContext.configure(connection, opts={"version_table": VERSIONS})
    newest = ScriptDirectory.from_config(config).get_heads()
    return sorted(set(newest) - set(context.get_current_heads()))


def wait_for(service: str, engine: sa.Engine) -> None:
    """Return when nothing is missing; say when what is waited for changes."""
    told = ""
    while waits_for := _what_is_missing(service, engine):
        if waits_for != told:
            log.info("waiting for the schema", extra={"missing": waits_for})
            told = waits_for
        time.sleep(LOOK_SECONDS)
    log.info("the schema is there")


def _what_is_missing(service: str, engine: sa.Engine) -> str:
    try:
        with engine.connect() as connection:
            return ", ".join(missing_revisions(connection, service))
    except sa.exc.OperationalError:
        return "the database"


def main(arguments: list[str]) -> None:
    """Wait as the service itself: what its own role sees is what it will work with."""
    (service,) = arguments
    logs.setup(service)
    wait_for(service, make_engine(Settings(), service))


if __name__ == "__main__":
    main(sys.argv[1:])
