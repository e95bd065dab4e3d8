"""Scratch databases for tests: made from a template in a moment, dropped at the end."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import sqlalchemy as sa
from sqlalchemy.orm import Session

from infra.local.stack import Stack
from services.chassis import tables
from services.chassis.clock import Clock
from services.chassis.identity import Identity, OwnTokens
from services.chassis.migrate import migrate_on
from services.chassis.runtime import LOCK_WAIT, Runtime, Work
from services.chassis.settings import Environment, Settings
from services.chassis.sql_unit_of_work import SqlUnitOfWork
from services.chassis.unit_of_work import commit

Build = Callable[[sa.Engine], None]


def build_chassis(engine: sa.Engine) -> None:
    """The chassis' own tables, whatever services this run has imported besides."""
    own = [table for table in vars(tables).values() if isinstance(table, sa.Table)]
    tables.metadata.create_all(engine, tables=own)


def build_service(service: str) -> Build:
    """What `estafet migrate` makes for a service: the kernels' tables and its own."""

    def build(engine: sa.Engine) -> None:
        with engine.connect() as connection:
            migrate_on(connection, service)

    return build


@dataclass
class Databases:
    """Makes databases on the stack's PostgreSQL; each template is built once in a run."""

    stack: Stack
    _templates: dict[str, Build] = field(default_factory=dict)

    def of(self, service: str = "") -> AbstractContextManager[sa.Engine]:
        """A migrated database of a service, or one with the chassis' tables only."""
        if service:
            return self.fresh(f"template_{service}", build_service(service))
        return self.fresh("template_chassis", build_chassis)

    @contextmanager
    def fresh(self, template: str, build: Build) -> Iterator[sa.Engine]:
        """An engine, as superuser, on a new database that `build` has filled."""
        if template not in self._templates:
            self._make(template)
            with self._engine(template) as engine:
                build(engine)
            self._templates[template] = build
        name = f"test_{uuid.uuid4().hex}"
        self._make(name, template)
        try:
            with self._engine(name) as engine:
                yield engine
        finally:
            self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _make(self, name: str, template: str = "template0") -> None:
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.stack.admin_dsn, autocommit=True) as admin:
            admin.execute(statement.encode())

    @contextmanager
    def _engine(self, name: str) -> Iterator[sa.Engine]:
        options = f"-c lock_timeout={LOCK_WAIT}"
        dsn = psycopg.conninfo.make_conninfo(self.stack.admin_dsn, dbname=name, options=options)
        engine = sa.create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(dsn))
        try:
            yield engine
        finally:
            engine.dispose()


def a_runtime(engine: sa.Engine, service: str = "complaint", clock: Clock | None = None) -> Runtime:
    """What a unit of work needs of a process; no tokens, real time unless a clock is given."""
    return Runtime(
        service=service,
        settings=Settings(environment=Environment.TEST, evidence_dir=evidence_folder()),
        engine=engine,
        clock=clock or Clock(None),
        identity=Identity("estafet", {}),
        own_tokens=OwnTokens(service, "estafet", ""),
        service_key="not a secret, but as long as one is",
        replica=f"{service}-0",
    )


@cache
def _evidence() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="estafet-evidence-")


def evidence_folder() -> Path:
    """Where the services of this run keep files; gone with the run."""
    return Path(_evidence().name)


@contextmanager
def working(runtime: Runtime, work: Work) -> Iterator[SqlUnitOfWork]:
    """A real unit of work as a worker has it: committed at the end, rolled back on an error."""
    with Session(runtime.engine, expire_on_commit=False) as session:
        work.unit_of_work = uow = SqlUnitOfWork(session, runtime, work)
        yield uow
        commit(session, work)


def wait_for_a_lock(engine: sa.Engine) -> None:
    """Return when another session waits for a lock."""
    waiting = sa.text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for _ in range(10_000):
            if connection.execute(waiting).scalar_one():
                return
    raise AssertionError("nobody waits for a lock")
