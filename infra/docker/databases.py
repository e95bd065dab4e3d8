"""Databases and roles of the named services: `python -m infra.docker.databases NAME…`.

It runs in a container before the migrations, as PostgreSQL's superuser.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import psycopg

from infra.local.databases import prepare_database
from infra.local.postgres import SUPERUSER
from infra.local.secret_files import SecretFiles


@dataclass(frozen=True)
class Server:
    """The PostgreSQL of docker-compose.yml."""

    secrets: SecretFiles
    host: str

    @property
    def admin_dsn(self) -> str:
        password = self.secrets.get("admin", "database")
        return psycopg.conninfo.make_conninfo(
            host=self.host, user=SUPERUSER, password=password, dbname="postgres", connect_timeout=5
        )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--host", default="postgres")
    arguments.add_argument("--secrets", type=Path, required=True)
    arguments.add_argument("services", nargs="+")
    given = arguments.parse_args()
    server = Server(SecretFiles(given.secrets), given.host)
    with psycopg.connect(server.admin_dsn, autocommit=True) as admin:
        for service in given.services:
            prepare_database(admin, server, service)
            print(f"{service}: database and roles are there", flush=True)


if __name__ == "__main__":
    main()
