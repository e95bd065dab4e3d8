"""A service is complete: a test names what is missing of one."""

import tomllib
from pathlib import Path

import pytest

from infra.local.discovery import discover
from infra.local.layout import CHECKOUT
from services.chassis import catalogue
from services.chassis.permission import ROLES

SERVICES = CHECKOUT / "services"
CHART = CHECKOUT / "charts" / "estafet" / "templates"
KERNELS = ("chassis", "documents", "handover", "messages", "process")
# What a person or another program uses; they have no database and no reactions.
DOORS = ("cli", "gateway")
NEEDED = (
    "__init__.py",
    "README.md",
    "api.py",
    "domain.py or domain",
    "migrations/versions",
    "reactions.py",
    "store.py",
)


def with_an_api_in_the_protos() -> list[str]:
    return sorted(
        path.parts[-3] for path in (CHECKOUT / "protos" / "estafet").glob("*/v1/service.proto")
    )


def missing(folder: Path) -> list[str]:
    """What a service's folder lacks. Clocks and grounds are a deputy's, who owns matters."""
    owns_matters = folder.name in catalogue.deputies()
    return [
        needed
        for needed in (*NEEDED, *(["workflow.toml"] if owns_matters else []))
        if not any((folder / choice).exists() for choice in needed.split(" or "))
    ]


def layers() -> set[str]:
    """The services that pyproject.toml's import contract knows."""
    settings = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
    contract = settings["tool"]["importlinter"]["contracts"][0]
    return {name.strip(" ()") for layer in contract["layers"] for name in layer.split("|")}


@pytest.mark.parametrize("service", with_an_api_in_the_protos())
def test_a_deputy_has_every_file_that_a_reader_looks_for(service: str) -> None:
    assert missing(SERVICES / service) == []


def test_what_a_deputy_lacks_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "complaint"
    folder.mkdir()
    for name in ("__init__.py", "README.md", "api.py", "domain", "reactions.py"):
        (folder / name).touch()
    assert missing(folder) == ["migrations/versions", "store.py", "workflow.toml"]


def test_every_service_is_under_the_import_contract() -> None:
    folders = {path.name for path in SERVICES.iterdir() if any(path.glob("*.py"))}
    assert folders - layers() == set()


def test_every_folder_of_services_is_a_deputy_a_kernel_or_a_door() -> None:
    folders = {path.name for path in SERVICES.iterdir() if any(path.glob("*.py"))}
    assert folders == {*with_an_api_in_the_protos(), *KERNELS, *DOORS} & folders


def test_every_python_folder_is_a_package_that_the_import_contract_sees() -> None:
    folders = {path.parent for path in SERVICES.rglob("*.py") if "migrations" not in path.parts}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_the_embedded_stack_finds_every_deputy() -> None:
    found = discover()
    deputies = set(with_an_api_in_the_protos())
    assert deputies - set(found.serving) | deputies - set(found.with_database) == set()


def test_every_role_of_a_client_of_the_development_issuer_is_known() -> None:
    clients = tomllib.loads((CHECKOUT / "infra" / "identity" / "clients.toml").read_text())
    assert {role for client in clients.values() for role in client["roles"]} <= set(ROLES)


def test_every_deputy_has_its_line_in_the_chart() -> None:
    if not CHART.exists():
        pytest.skip("there is no chart yet")
    charted = {path.stem for path in CHART.glob("*.yaml")}
    assert set(with_an_api_in_the_protos()) - charted == set()
