"""Whoever may change everything in a service's database."""

import psycopg

from infra.local.stack import Stack


def superuser_dsn(stack: Stack, service: str) -> str:
    """Connection string of PostgreSQL's superuser in a service's database."""
    return psycopg.conninfo.make_conninfo(stack.admin_dsn, dbname=f"estafet_{service}")
