"""What a process of a copy is told: where it shows its metrics."""

from __future__ import annotations

from pathlib import Path

from infra.local import applications
from infra.local.environment import Environment
from infra.local.layout import Layout
from infra.local.ports import LOOPBACK, Ports

SHOWN_AT = "ESTAFET_METRICS_ADDRESS"


def environment_of(home: Path) -> Environment:
    layout = Layout(home)
    layout.make()
    return Environment(layout, Ports.of(layout), "test", ("complaint", "placement"), traced=False)


def test_every_replica_of_a_service_shows_its_metrics_at_a_port_of_its_own(tmp_path: Path) -> None:
    environment = environment_of(tmp_path)
    replicas = (("complaint", 0), ("complaint", 1), ("placement", 0))
    assert len({environment.of(*replica)[SHOWN_AT] for replica in replicas}) == 3


def test_metrics_are_shown_on_loopback_only(tmp_path: Path) -> None:
    told = environment_of(tmp_path).of("complaint")
    assert told[SHOWN_AT].startswith(f"{LOOPBACK}:")


def test_what_is_no_service_shows_no_metrics(tmp_path: Path) -> None:
    environment = environment_of(tmp_path)
    assert [environment.of(owner)[SHOWN_AT] for owner in ("admin", "auditor")] == ["", ""]


def test_the_door_shows_its_metrics_too(tmp_path: Path) -> None:
    environment = environment_of(tmp_path)
    told = environment.of("gateway")
    assert told[SHOWN_AT].startswith(f"{LOOPBACK}:")
    program = applications.gateway(1, told)
    assert program.listens == [1, int(told[SHOWN_AT].rpartition(":")[2])]


def test_a_service_without_an_api_still_holds_the_port_of_its_metrics(tmp_path: Path) -> None:
    environment = environment_of(tmp_path)
    told = environment.of("complaint")
    program = applications.service("complaint", 1, told, roles="relay")
    assert program.listens == [int(told[SHOWN_AT].rpartition(":")[2])]
