"""The database of a service and its three roles: migrator, app, read-only auditor."""

from __future__ import annotations

from typing import Protocol

import psycopg
from psycopg import sql

from infra.local.secret_files import SecretFiles

ROLES = ("migrator", "app", "auditor")

# What the roles of one service may do in its database. The migrator owns the schema; what it
# makes later is usable by the others at once, through default privileges.
GRANTS = """
REVOKE ALL ON DATABASE {database} FROM PUBLIC;
GRANT CONNECT ON DATABASE {database} TO {migrator}, {app}, {auditor};
GRANT CREATE, TEMPORARY ON DATABASE {database} TO {migrator};
ALTER SCHEMA public OWNER TO {migrator};
GRANT USAGE ON SCHEMA public TO {app}, {auditor};
ALTER DEFAULT PRIVILEGES FOR ROLE {migrator} GRANT USAGE ON SCHEMAS TO {app}, {auditor};
ALTER DEFAULT PRIVILEGES FOR ROLE {migrator}
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app};
ALTER DEFAULT PRIVILEGES FOR ROLE {migrator} GRANT SELECT, USAGE ON SEQUENCES TO {app};
ALTER DEFAULT PRIVILEGES FOR ROLE {migrator} GRANT SELECT ON TABLES TO {auditor};
ALTER DEFAULT PRIVILEGES FOR ROLE {migrator} GRANT SELECT ON SEQUENCES TO {auditor};
ALTER ROLE {auditor} SET default_transaction_read_only = on;
"""


class Cluster(Protocol):
    """A PostgreSQL whose superuser we are, and the passwords that its roles are to have."""

    @property
    def secrets(self) -> SecretFiles: ...

    @property
    def admin_dsn(self) -> str: ...


def prepare_database(
    admin: psycopg.Connection[tuple[object, ...]], postgres: Cluster, service: str
) -> None:
    """Make what is missing; set the passwords to those in the secrets folder. Repeatable."""
    names = {role: sql.Identifier(f"{service}_{role}") for role in ROLES}
    for role in ROLES:
        _role(admin, f"{service}_{role}", postgres.secrets.get(service, f"database_{role}"))
    database = f"estafet_{service}"
    if not _exists(admin, "SELECT 1 FROM pg_database WHERE datname = %s", database):
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    own = psycopg.conninfo.make_conninfo(postgres.admin_dsn, dbname=database)
    with psycopg.connect(own) as connection:
        connection.execute(sql.SQL(GRANTS).format(database=sql.Identifier(database), **names))


def _role(admin: psycopg.Connection[tuple[object, ...]], role: str, password: str) -> None:
    made = _exists(admin, "SELECT 1 FROM pg_roles WHERE rolname = %s", role)
    # Hashed here, so that no statement and no log of the server ever holds the password.
    verifier = admin.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    admin.execute(
        sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(
            sql.SQL("ALTER" if made else "CREATE"),
            sql.Identifier(role),
            sql.Literal(verifier.decode()),
        )
    )


def _exists(admin: psycopg.Connection[tuple[object, ...]], query: str, name: str) -> bool:
    return admin.execute(query.encode(), (name,)).fetchone() is not None
