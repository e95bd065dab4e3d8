"""Kafka in KRaft mode, one process: clients log in by SCRAM, ACLs decide, no topic makes itself."""

from __future__ import annotations

import base64
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from kafka.admin import KafkaAdminClient, ScramMechanism, UserScramCredentialUpsertion
from kafka.errors import KafkaError

from infra.local.jars import class_path
from infra.local.java import java
from infra.local.layout import Layout, write_whole
from infra.local.ports import LOOPBACK, answers
from infra.local.processes import Program, StartFailed
from infra.local.secret_files import SecretFiles

# Paths are relative to the home, where it runs: a comma in log.dirs would separate two folders.
SETTINGS = """\
# Written at every start by infra/local/kafka.py.
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=CLIENT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=CLIENT://127.0.0.1:{port}
listener.security.protocol.map=CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=CLIENT
log.dirs={folder}

# SCRAM for everyone; the controller's own listener knows one user, since SCRAM needs a controller.
sasl.enabled.mechanisms=SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
sasl.mechanism.controller.protocol=PLAIN
listener.name.controller.sasl.enabled.mechanisms=PLAIN
listener.name.client.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required \
username="admin" password="{admin}";
listener.name.controller.plain.sasl.jaas.config=\
org.apache.kafka.common.security.plain.PlainLoginModule required \
username="controller" password="{controller}" user_controller="{controller}";
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:admin;User:controller
allow.everyone.if.no.acl.found=false

# Topics are made by `estafet topics apply`, and what it does not limit is kept for ever.
auto.create.topics.enable=false
log.retention.ms=-1
offsets.retention.minutes=525600
group.initial.rebalance.delay.ms=0
# After a kill the broker may register again only when its old session has ended.
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=500

# One broker on a small machine.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=8
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=4
log.cleaner.dedupe.buffer.size=8388608
log.segment.bytes=134217728
log.index.size.max.bytes=1048576
num.network.threads=2
num.io.threads=4
background.threads=4
"""
# The long list of all settings at every start says nothing and would hold paths.
QUIET = ("org.apache.kafka.common.config", "kafka.server.metadata", "org.apache.kafka.image")


@dataclass(frozen=True)
class Kafka:
    """The broker of a copy. Users: `admin` (may do all), `auditor` and one for each service."""

    layout: Layout
    port: int
    controller_port: int
    secrets: SecretFiles
    services: Sequence[str] = ()
    # What is set otherwise, or beside: the later of two lines of a name counts.
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return self.layout.data / "kafka"

    @property
    def bootstrap(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    def client_options(self, user: str = "admin") -> dict[str, str]:
        """Keyword arguments for any client of kafka-python."""
        return {
            "bootstrap_servers": self.bootstrap,
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": user,
            "sasl_plain_password": self.secrets.get(user, "kafka"),
        }

    def program(self) -> Program:
        quiet = [f"-Dorg.slf4j.simpleLogger.log.{package}=warn" for package in QUIET]
        return Program(
            name="kafka",
            command=[
                *java(heap_megabytes=384),
                "-Dorg.slf4j.simpleLogger.showDateTime=true",
                "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
                *quiet,
                *("-cp", class_path("kafka"), "kafka.Kafka", "run/kafka.properties"),
            ],
            is_ready=self._answers,
            listens=[self.port, self.controller_port],
            prepare=self._prepare,
            settle=self._add_users,
            grace_seconds=30.0,
        )

    def _prepare(self) -> None:
        if not self.folder.exists():
            self._format()
        self._write_settings("run/kafka.properties", folder="data/kafka")

    def _format(self) -> None:
        """Made beside its place and renamed, so that a kill never leaves it half formatted."""
        draft = self.layout.data / "kafka.new"
        shutil.rmtree(draft, ignore_errors=True)
        self._write_settings("run/kafka.format.properties", folder="data/kafka.new")
        arguments = self.layout.run / "kafka.format.arguments"
        password = self.secrets.get("admin", "kafka")
        cluster_id = base64.urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")
        # From a file: the command line of a process can be read by every user of the machine.
        lines = [
            *("format", "--config", "run/kafka.format.properties"),
            f"--cluster-id={cluster_id}",  # in one word: one id of 64 begins with a dash
            *("--add-scram", f"SCRAM-SHA-512=[name=admin,password={password}]"),
        ]
        write_whole(arguments, "\n".join(lines) + "\n", mode=0o600)
        command = [*java(heap_megabytes=128), "-cp", class_path("kafka")]
        made = subprocess.run(
            [*command, "kafka.tools.StorageTool", "@run/kafka.format.arguments"],
            cwd=self.layout.home,
            capture_output=True,
            text=True,
            check=False,
        )
        arguments.unlink()
        if made.returncode != 0:
            raise StartFailed(f"Kafka could not format its folder:\n{made.stderr}")
        draft.rename(self.folder)

    def _write_settings(self, path: str, folder: str) -> None:
        settings = SETTINGS.format(
            port=self.port,
            controller_port=self.controller_port,
            folder=folder,
            admin=self.secrets.get("admin", "kafka"),
            controller=self.secrets.get("admin", "kafka_controller"),
        )
        settings += "".join(f"{name}={value}\n" for name, value in self.settings.items())
        write_whole(self.layout.home / path, settings, mode=0o600)

    def _answers(self) -> bool:
        if not answers(self.port):
            return False
        try:
            with self._administration() as client:
                brokers = client.describe_cluster()["brokers"]
                return bool(brokers) and not brokers[0]["is_fenced"]
        except KafkaError:
            return False

    def _add_users(self) -> None:
        wanted = [
            UserScramCredentialUpsertion(
                user, ScramMechanism.SCRAM_SHA_512, password=self.secrets.get(user, "kafka")
            )
            for user in ["auditor", *self.services]
        ]
        try:
            with self._administration() as client:
                errors = client.alter_user_scram_credentials(wanted)
        except KafkaError as failed:
            raise StartFailed(f"Kafka did not take its users: {failed}") from failed
        refused = {user: error for user, error in errors.items() if error}
        if refused:
            raise StartFailed(f"Kafka did not take the users {refused}")

    @contextmanager
    def _administration(self) -> Iterator[KafkaAdminClient]:
        """The administrator's client, quick to give up: asked too early it would wait for the
        30 seconds of its defaults although the broker is there after one."""
        patience = {
            "request_timeout_ms": 3_000,
            "bootstrap_timeout_ms": 3_000,
            "reconnect_backoff_max_ms": 500,
        }
        client = KafkaAdminClient(**self.client_options(), **patience)
        try:
            yield client
        finally:
            client.close()
