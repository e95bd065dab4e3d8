"""All that a service's database holds, table by table, to see whether anything has changed."""

import psycopg
from psycopg import sql

from infra.local.stack import Stack
from tests.support.superuser import superuser_dsn

# How far consumers have read moves by itself, and clocks of the machine tick.
MOVES = {"position", "tick"}
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
_HASHED = "SELECT count(*), md5(string_agg(t::text, E'\\n' ORDER BY t::text)) FROM {} t"


def snapshot(stack: Stack) -> dict[tuple[str, str], tuple[int, str | None]]:
    """Count and hash of the rows of every table of every service."""
    return {
        (service, table): hashed
        for service in stack.services
        for table, hashed in of_one(stack, service).items()
    }


def of_one(stack: Stack, service: str) -> dict[str, tuple[int, str | None]]:
    """The same of one service."""
    found = {}
    with psycopg.connect(superuser_dsn(stack, service)) as connection:
        for (table,) in connection.execute(_TABLES).fetchall():
            if table in MOVES:
                continue
            row = connection.execute(sql.SQL(_HASHED).format(sql.Identifier(table))).fetchone()
            assert row is not None
            found[str(table)] = (int(row[0]), row[1])
    return found
