"""The files that containers read are made once, by the tools of the embedded stack."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
import yaml

from infra.docker import files
from infra.local.discovery import discover
from infra.local.layout import CHECKOUT, Layout
from infra.local.secret_files import secrets_of

COMPOSE = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    made = Layout(tmp_path_factory.mktemp("compose"))
    files.make(made)
    return made


def settings(path: Path) -> dict[str, str]:
    """Of two lines of a name the later counts."""
    lines = (line.partition("=") for line in path.read_text().splitlines() if "=" in line)
    return {name.strip(): value.strip() for name, _, value in lines if not name.startswith("#")}


def format_of(layout: Layout) -> list[str]:
    return (layout.run / "kafka.format").read_text().splitlines()


@pytest.mark.parametrize("service", discover().services)
def test_every_service_has_all_its_secrets(layout: Layout, service: str) -> None:
    assert {path.name for path in (layout.secrets / service).iterdir()} == secrets_of(service)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_what_containers_write_into_belongs_to_their_user(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "compose")
    files.make(layout)
    files.hand_over(layout.home, 10001)
    assert {path.stat().st_uid for path in files.folders(layout)} == {10001}


def test_every_folder_that_compose_mounts_is_made(layout: Layout) -> None:
    mounted = {
        volume.split(":")[0].removeprefix("./.estafet-compose/")
        for service in COMPOSE["services"].values()
        for volume in service.get("volumes", ())
        if "/data/" in volume.split(":")[0]
    }
    assert mounted <= {str(path.relative_to(layout.home)) for path in files.folders(layout)}


def test_every_user_is_made_when_kafka_formats_its_folder(layout: Layout) -> None:
    added = [line for line in format_of(layout) if line.startswith("SCRAM-SHA-512=")]
    names = [line.split("name=")[1].split(",")[0] for line in added]
    assert names == ["admin", "auditor", *discover().services]


def test_a_users_password_is_the_one_in_its_file(layout: Layout) -> None:
    password = (layout.secrets / "complaint" / "kafka").read_text()
    assert f"SCRAM-SHA-512=[name=complaint,password={password}]" in format_of(layout)


def test_kafka_is_reached_by_its_name_and_its_controller_by_itself_alone(layout: Layout) -> None:
    found = settings(layout.run / "kafka.properties")
    inside, outside = found["advertised.listeners"].split(",")
    assert inside == "CLIENT://kafka:9092"
    assert found["listeners"].split(",")[2] == "CONTROLLER://127.0.0.1:9093"
    # Who comes from the machine is sent to the port that is published, and that to its listener.
    port = outside.removeprefix("HOST://")
    assert COMPOSE["services"]["kafka"]["ports"] == [f"{port}:9094"]
    assert found["listeners"].split(",")[:2] == ["CLIENT://0.0.0.0:9092", "HOST://0.0.0.0:9094"]


def test_kafka_decides_by_access_rules_as_the_embedded_one(layout: Layout) -> None:
    found = settings(layout.run / "kafka.properties")
    assert found["authorizer.class.name"].endswith(".StandardAuthorizer")
    assert found["allow.everyone.if.no.acl.found"] == "false"


def test_postgresql_quotes_no_row_in_its_log(layout: Layout) -> None:
    found = settings(layout.run / "postgresql.conf")
    assert (found["log_error_verbosity"], found["listen_addresses"]) == ("terse", "'*'")


@pytest.mark.parametrize("name", ["kafka.properties", "kafka.format", "postgresql.conf"])
def test_only_their_owner_reads_them(layout: Layout, name: str) -> None:
    assert stat.S_IMODE((layout.run / name).stat().st_mode) == 0o600


def test_what_was_made_stays(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "again")
    files.make(layout)
    before = format_of(layout)
    files.make(layout)
    assert format_of(layout) == before
