"""An image holds one service, and what every service stands on."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from infra.local.discovery import discover
from infra.local.layout import CHECKOUT

pytestmark = pytest.mark.process

PICK = CHECKOUT / "infra" / "docker" / "pick.sh"
KERNELS = {"chassis", "documents", "handover", "messages", "process"}


def pick(service: str, into: Path) -> subprocess.CompletedProcess[str]:
    command = [str(PICK), service, str(into)]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)


def folders(into: Path) -> set[str]:
    return {
        path.name
        for path in (into / "services").iterdir()
        if path.is_dir() and path.name != "__pycache__"
    }


@pytest.mark.parametrize("service", [*discover().serving, "gateway"])
def test_a_service_is_alone_with_the_kernels(tmp_path: Path, service: str) -> None:
    pick(service, tmp_path)
    assert folders(tmp_path) == {*KERNELS, service}


def test_the_command_has_every_deputys_migrations(tmp_path: Path) -> None:
    pick("cli", tmp_path)
    found = {path.parent.name for path in tmp_path.glob("services/*/migrations")}
    assert found >= set(discover().with_database)


def test_a_service_that_is_not_there_is_named(tmp_path: Path) -> None:
    told = pick("nobody", tmp_path)
    assert (told.returncode, told.stderr) == (2, "pick: there is no service 'nobody'\n")
