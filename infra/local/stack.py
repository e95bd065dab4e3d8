"""One copy of everything that Estafet runs on, and of its services: for `make up` and for tests."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path
from types import TracebackType
from typing import Self

from infra.local import applications
from infra.local.discovery import GATEWAY
from infra.local.environment import Environment, inherited
from infra.local.guard import Guard
from infra.local.kafka import Kafka
from infra.local.layout import CHECKOUT, Layout, write_whole
from infra.local.loopback import is_healthy
from infra.local.ports import Ports
from infra.local.postgres import Postgres
from infra.local.processes import Process, Program
from infra.local.progress import Progress
from infra.local.secret_files import SecretFiles
from infra.local.spans import Spans
from infra.local.zipkin import Zipkin

DATABASE = ("postgres",)
BROKER = ("postgres", "kafka")
INFRASTRUCTURE = ("postgres", "kafka", "zipkin", "receiver", "identity")


class Stack:
    """What runs under one home.

    `services` get a database, a Kafka user and secrets each. The infrastructure `parts` start
    first, then the services named in `serving`, then the gateway if `serving` names it.
    `variables` adds to what one of them is told, by its name. As a
    context manager it starts and stops all of it, even if the process that uses it is killed:
    `with Stack(tmp_path, services=["complaint"], fsync=False) as stack:`
    """

    def __init__(  # noqa: PLR0913 - all but the first are named, and have a default
        self,
        home: Path,
        services: Sequence[str] = (),
        parts: Sequence[str] = BROKER,
        *,
        serving: Sequence[str] = (),
        kind: str = "test",
        fsync: bool = True,
        postgres_settings: Mapping[str, str] | None = None,
        kafka_settings: Mapping[str, str] | None = None,
        variables: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        self.layout = Layout(home.absolute())
        self.layout.make()
        self.ports = Ports.of(self.layout)
        self.secrets = SecretFiles(self.layout.secrets)
        self.services = tuple(services)
        self._variables = variables or {}
        self._environment = Environment(
            self.layout, self.ports, kind, self.services, traced="receiver" in parts
        )
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
            settings=kafka_settings or {},
        )
        self._gave_up = threading.Event()
        self._processes: dict[str, Process] = {}
        self.tiers = [
            [self._add(self.part_program(name)) for name in parts],
            [self._add(self.service_program(name)) for name in serving if name != GATEWAY],
            [self._add(self._gateway())] if GATEWAY in serving else [],
        ]

    def __enter__(self) -> Self:
        self._guard = Guard.over(self.layout)
        try:
            self.start()
        except BaseException:
            self._guard.dismiss()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
        self._guard.dismiss()

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

    def environment(self, owner: str, replica: int = 0) -> dict[str, str]:
        """The ESTAFET_* variables for a service, the gateway, or a tool (`admin`, `auditor`)."""
        return {**self._environment.of(owner, replica), **self._variables.get(owner, {})}

    def url(self, name: str) -> str:
        """Where zipkin, receiver, identity or gateway answer."""
        return self._environment.url(name)

    @property
    def spans(self) -> Spans:
        """The spans that the receiver has kept."""
        return Spans(self._spans_file)

    @property
    def _spans_file(self) -> Path:
        return self.layout.spans / "spans.sqlite"

    @property
    def processes(self) -> list[Process]:
        """All of them, in the order of their start."""
        return list(self._processes.values())

    def process(self, name: str) -> Process:
        return self._processes[name]

    def service_program(self, name: str, replica: int = 0, roles: str = "") -> Program:
        """A replica of a service as a program, for `run`."""
        port = self._environment.grpc_port(name, replica)
        return applications.service(
            name, port, self.environment(name, replica), replica=replica, roles=roles
        )

    def run(self, program: Program) -> Process:
        """Start one more process and wait until it can be used."""
        process = self.begin(program)
        process.wait(gave_up=self._gave_up)
        return process

    def begin(self, program: Program) -> Process:
        """Start one more process; it stops with the others, before them."""
        process = self._add(program)
        self.tiers.append([process])
        process.start()
        return process

    def estafet(self, *arguments: str) -> None:
        """Run the command `estafet` as the administrator of this copy."""
        applications.estafet(arguments, {**inherited(), **self.environment("admin")})

    def start(self, progress: Progress | None = None) -> None:
        """Start tier by tier, what is in one tier at once, and wait until each can be used.
        On any failure everything is stopped again."""
        self._prepare()
        try:
            infrastructure, *rest = self.tiers
            self._start_all(infrastructure, progress)
            if any(rest):
                self._make_ready(progress)
            for tier in rest:
                self._start_all(tier, progress)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop in the reverse order: the gateway, the services, what they need."""
        self._gave_up.set()
        for tier in reversed(self.tiers):
            for process in reversed(tier):
                process.stop()
        self._gave_up.clear()

    def _prepare(self) -> None:
        for owner in (GATEWAY, *self.services):
            self.secrets.make_for_service(owner)
            self.layout.evidence(owner).mkdir(parents=True, exist_ok=True)
        if not self._environment.clock_file.exists():
            write_whole(self._environment.clock_file, json.dumps({"offset_seconds": 0.0}))

    def _make_ready(self, progress: Progress | None) -> None:
        """Tables and topics, before the services that need them."""
        shown = progress or Progress.none()

        def run(step: str, *arguments: str) -> None:
            with shown.step(step):
                self.estafet(*arguments)

        with ThreadPoolExecutor() as threads:
            steps = [
                threads.submit(run, "migrations", "migrate"),
                threads.submit(run, "topics", "topics", "apply"),
            ]
        for step in steps:
            step.result()

    def _start_all(self, processes: Iterable[Process], progress: Progress | None) -> None:
        shown = progress or Progress.none()

        def bring_up(process: Process) -> None:
            with shown.step(process.name):
                process.start()
                process.wait(gave_up=self._gave_up)

        with ThreadPoolExecutor() as threads:
            started = [threads.submit(bring_up, process) for process in processes]
            try:
                done, _ = wait(started, return_when=FIRST_EXCEPTION)
                for each in done:
                    each.result()
            except BaseException:
                self._gave_up.set()  # or the others would be waited for in vain
                raise

    def _add(self, program: Program) -> Process:
        process = Process(program, self.layout)
        self._processes[program.name] = process
        return process

    def part_program(self, name: str) -> Program:
        """A part of the infrastructure as a program, for `run`."""
        made = {
            "postgres": self.postgres.program,
            "kafka": self.kafka.program,
            "zipkin": Zipkin(self.ports.get("zipkin")).program,
            "receiver": self._receiver,
            "identity": self._identity,
        }
        return made[name]()

    def _receiver(self) -> Program:
        arguments = ["--spans", str(self._spans_file), "--zipkin", self.url("zipkin")]
        return self._python("receiver", "infra.local.receiver", arguments)

    def _identity(self) -> Program:
        return self._python("identity", "infra.identity", ["--secrets", str(self.layout.secrets)])

    def _python(self, name: str, module: str, arguments: Sequence[str]) -> Program:
        """A helper of ours that answers on /healthz."""
        port = self.ports.get(name)
        return Program(
            name=name,
            command=[sys.executable, "-m", module, "--port", str(port), *arguments],
            is_ready=lambda: is_healthy(f"{self.url(name)}/healthz"),
            listens=[port],
            environment={"PYTHONPATH": str(CHECKOUT), **self._environment.of(name)},
            grace_seconds=5.0,
        )

    def _gateway(self) -> Program:
        return applications.gateway(self.ports.get("gateway"), self.environment("gateway"))
