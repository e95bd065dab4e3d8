"""Every service's database, for commands that look into all of them or change one."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from services.chassis import catalogue
from services.chassis.runtime import make_engine
from services.cli.environment import settings_of

AUDITOR = "auditor"
APP = "app"


@contextmanager
def database_of(service: str, role: str = AUDITOR) -> Iterator[sa.Engine]:
    """A service's database, as its auditor (reads) or its app (writes rows)."""
    engine = make_engine(settings_of(service), service, role)
    try:
        yield engine
    finally:
        engine.dispose()


def everywhere(
    statement: sa.TextClause, values: Mapping[str, object] | None = None, *, role: str = AUDITOR
) -> list[tuple[str, Any]]:
    """Run one statement in every service's database: (service, row) of all that it returns."""
    found: list[tuple[str, Any]] = []
    for service in catalogue.services():
        with database_of(service, role) as engine, engine.begin() as connection:
            found += [(service, row) for row in connection.execute(statement, dict(values or {}))]
    return found
