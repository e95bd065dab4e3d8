"""What containers read: secrets, and the settings of PostgreSQL and Kafka, which hold some.

`python -m infra.docker.files FOLDER [--uid N]` makes what is missing, with the tools that make them
for the embedded stack, and hands the folder to the user as whom the containers run.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from infra.identity.clients import Clients
from infra.identity.keys import SigningKeys
from infra.local import kafka, postgres
from infra.local.discovery import GATEWAY, discover
from infra.local.layout import Layout, write_whole
from infra.local.secret_files import SecretFiles

# The later of two lines of a name counts: what is otherwise than on loopback.
# Whoever comes from the machine itself is answered with an address that leads there again.
KAFKA = """
listeners=CLIENT://0.0.0.0:9092,HOST://0.0.0.0:9094,CONTROLLER://127.0.0.1:9093
advertised.listeners=CLIENT://kafka:9092,HOST://127.0.0.1:19092
listener.security.protocol.map=\
CLIENT:SASL_PLAINTEXT,HOST:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT
listener.name.host.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
"""
POSTGRES = """
listen_addresses = '*'
unix_socket_directories = '/var/run/postgresql'
"""
KAFKA_DATA = "/var/lib/kafka/data"


def make(layout: Layout) -> None:
    """All files; what is there stays as it is."""
    layout.make()
    secrets = SecretFiles(layout.secrets)
    services = discover().services
    for owner in (GATEWAY, *services):
        secrets.make_for_service(owner)
    secrets.get("admin", "database")
    Clients.known(secrets).make_secrets()
    SigningKeys(secrets).all()
    for kept in folders(layout):
        kept.mkdir(parents=True, exist_ok=True)
    _write(layout, "postgresql.conf", postgres.SETTINGS + POSTGRES)
    _write(layout, "kafka.properties", kafka_settings(secrets))
    _write(layout, "kafka.format", kafka_format(secrets, ("auditor", *services)))


def folders(layout: Layout) -> tuple[Path, ...]:
    """What containers write into."""
    data = ("postgres", "kafka", "evidence/complaint", "messages/complaint")
    return (*(layout.data / each for each in data), layout.home / "partners")


def kafka_settings(secrets: SecretFiles) -> str:
    """Those of the embedded broker, at the addresses of a container."""
    settings = kafka.SETTINGS.format(
        port=9092,
        controller_port=9093,
        folder=KAFKA_DATA,
        admin=secrets.get("admin", "kafka"),
        controller=secrets.get("admin", "kafka_controller"),
    )
    return settings + KAFKA


def kafka_format(secrets: SecretFiles, users: tuple[str, ...]) -> str:
    """Arguments, one a line, by which a folder is formatted with all its users. A service that is
    added later has none there: its Kafka begins with a new folder."""
    passwords = {user: secrets.get(user, "kafka") for user in ("admin", *users)}
    added = (f"[name={user},password={password}]" for user, password in passwords.items())
    lines = [
        *("format", "--ignore-formatted", "--config", "/run/secrets/kafka.properties"),
        "--cluster-id=RXN0YWZldENvbXBvc2UwMQ",
        *(word for user in added for word in ("--add-scram", f"SCRAM-SHA-512={user}")),
    ]
    return "\n".join(lines) + "\n"


def _write(layout: Layout, name: str, text: str) -> None:
    write_whole(layout.run / name, text, mode=0o600)


def hand_over(folder: Path, uid: int) -> None:
    """Give everything to the user of the containers, who is not root even where we are. What the
    servers have written is theirs already, and changes while they run."""
    layout = Layout(folder)
    ours = (each for part in (layout.secrets, layout.run) for each in part.rglob("*"))
    for path in (folder, *folder.iterdir(), *layout.data.iterdir(), *folders(layout), *ours):
        os.chown(path, uid, uid)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--uid", type=int, help="only root can give files away")
    given = arguments.parse_args()
    make(Layout(given.folder.absolute()))
    if given.uid is not None:
        hand_over(given.folder, given.uid)


if __name__ == "__main__":
    main()
