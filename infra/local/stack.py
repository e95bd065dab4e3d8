"""One copy of everything that Estafet runs on, for `make up` and for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from infra.local.kafka import Kafka
from infra.local.layout import Layout
from infra.local.ports import Ports
from infra.local.postgres import Postgres
from infra.local.processes import Process, Program
from infra.local.secret_files import SecretFiles

DATABASE = ("postgres",)
BROKER = ("postgres", "kafka")


class Stack:
    """The infrastructure under one home.

    As a context manager it starts the named parts and stops them at the end:
    `with Stack(tmp_path, services=["complaint"], parts=BROKER, fsync=False) as stack:`
    """

    def __init__(
        self,
        home: Path,
        services: Sequence[str] = (),
        parts: Sequence[str] = BROKER,
        *,
        fsync: bool = True,
        postgres_settings: Mapping[str, str] | None = None,
    ) -> None:
        self.layout = Layout(home.absolute())
        self.layout.make()
        self.ports = Ports.of(self.layout)
        self.secrets = SecretFiles(self.layout.secrets)
        self.services = tuple(services)
        self.postgres = Postgres(
            self.layout,
            self.ports.get("postgres"),
            self.secrets,
            self.services,
            fsync=fsync,
            settings=postgres_settings or {},
        )
        self.kafka = Kafka(
            self.layout,
            self.ports.get("kafka"),
            self.ports.get("kafka_controller"),
            self.secrets,
            self.services,
        )
        programs: dict[str, Program] = {
            "postgres": self.postgres.program(),
            "kafka": self.kafka.program(),
        }
        self._processes = {name: Process(programs[name], self.layout) for name in parts}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def admin_dsn(self) -> str:
        """Connection string of PostgreSQL's superuser."""
        return self.postgres.admin_dsn

    def dsn(self, service: str, role: str = "app") -> str:
        """Connection string of a service's role: app, migrator or auditor."""
        return self.postgres.dsn(service, role)

    def kafka_options(self, user: str = "admin") -> dict[str, str]:
        """Keyword arguments for kafka-python's clients."""
        return self.kafka.client_options(user)

    def process(self, name: str) -> Process:
        return self._processes[name]

    def start(self) -> None:
        """Start every part at once and wait until each can be used."""
        try:
            with ThreadPoolExecutor() as threads:
                list(threads.map(bring_up, self._processes.values()))
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop in the reverse order."""
        for process in reversed(self._processes.values()):
            process.stop()


def bring_up(process: Process) -> None:
    process.start()
    process.wait()
