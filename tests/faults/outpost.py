"""A service that reaches its database and its broker through proxies, so that its network may be
cut, slow or half-open while all others' is well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psutil
import psycopg

from infra.local.ports import LOOPBACK, Ports
from infra.local.stack import Stack
from tests.faults.arena import told_otherwise
from tests.faults.books import ask
from tests.faults.crew import Crew
from tests.support.tcp_proxy import TcpProxy

SESSIONS = "SELECT pid FROM pg_stat_activity WHERE usename = %s"
UNSENT = "SELECT count(*) FROM outbox WHERE created_at < %s"
POSITIONS = "SELECT topic, partition, next_offset FROM position"


@dataclass
class Outpost:
    """A service behind two proxies, and everything else."""

    stack: Stack
    service: str
    seed: int
    database: TcpProxy
    broker: TcpProxy

    def answers(self, crew: Crew) -> int:
        """How often the service has answered anybody."""
        return sum(told.act.service == self.service for told in crew.told)

    def links(self, proxy: TcpProxy) -> set[int]:
        """The service's ports of its connections to a proxy."""
        process = psutil.Process(self.pid)
        return {
            link.laddr.port
            for link in process.net_connections("tcp")
            if link.raddr and link.raddr.port == proxy.port and link.status == "ESTABLISHED"
        }

    def sessions(self) -> set[int]:
        """The service's sessions as PostgreSQL knows them, itself asked past the proxy."""
        with psycopg.connect(self.stack.admin_dsn) as admin:
            rows = admin.execute(SESSIONS.encode(), (f"{self.service}_app",)).fetchall()
        return {pid for (pid,) in rows}

    def has_sent(self, until_at: datetime) -> bool:
        """Whether all events of before that instant have left."""
        [(waiting,)] = ask(self.stack, self.service, UNSENT, until_at)
        return bool(waiting == 0)

    def has_heard(self, ends: Mapping[tuple[str, int], int]) -> bool:
        """Whether every consumer of the service has come to these ends of partitions."""
        read = ask(self.stack, self.service, POSITIONS)
        return all(offset >= ends[topic, partition] for topic, partition, offset in read)

    @property
    def pid(self) -> int:
        pid = self.stack.process(self.service).pid
        assert pid is not None, f"{self.service} has ended"
        return pid


@contextmanager
def behind_proxies(stack: Stack, service: str, seed: int) -> Iterator[Outpost]:
    """A service of a stack whose broker has a second door is started again behind two proxies."""
    ports = stack.ports
    with (
        TcpProxy(ports.get("database_near"), ports.get("postgres")) as database,
        TcpProxy(ports.get("broker_near"), ports.get("kafka_far")) as broker,
    ):
        variables = {
            "ESTAFET_DATABASE_PORT": str(database.port),
            "ESTAFET_KAFKA_BOOTSTRAP": f"{LOOPBACK}:{broker.port}",
        }
        with told_otherwise(stack, service, variables):
            print(f"  {service} stands behind the proxies")
            yield Outpost(stack, service, seed, database, broker)


def a_second_door(ports: Ports) -> dict[str, str]:
    """Kafka's settings for another door, which names the proxy's address: whoever came through the
    proxy goes on through it."""
    client, far = ports.get("kafka"), ports.get("kafka_far")
    protocol = "SASL_PLAINTEXT"
    return {
        "listeners": f"CLIENT://{LOOPBACK}:{client},FAR://{LOOPBACK}:{far},"
        f"CONTROLLER://{LOOPBACK}:{ports.get('kafka_controller')}",
        "advertised.listeners": f"CLIENT://{LOOPBACK}:{client},"
        f"FAR://{LOOPBACK}:{ports.get('broker_near')}",
        "listener.security.protocol.map": f"CLIENT:{protocol},FAR:{protocol},CONTROLLER:{protocol}",
        "listener.name.far.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
    }
