"""docker-compose.yml: every service is there, shut in, and told no secret."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.local.discovery import discover
from infra.local.layout import CHECKOUT
from tests.support.told import DEPLOYED, KEEP_FILES, OF_MESSAGES, SIGN_DOCUMENTS, TELL_PEOPLE

COMPOSE = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PINNED = re.compile(r"[\w./-]+:(local|v?\d+\.\d+\.\d+|\d+\.\d+(-\w+)?)")
SECRET = re.compile(r"SECRET|PASSWORD|KEY|TOKEN(?!_URL)")
DEPUTIES = discover().serving

each_service = pytest.mark.parametrize("name", SERVICES)


@pytest.mark.parametrize("deputy", DEPUTIES)
def test_every_deputy_is_there_and_runs_from_its_own_image(deputy: str) -> None:
    found = SERVICES[deputy]
    assert found["build"]["args"] == {"SERVICE": deputy}
    assert (found["image"], found["command"]) == (
        f"estafet/{deputy}:local",
        ["services.chassis", deputy],
    )


def test_every_deputy_gets_a_database() -> None:
    assert set(DEPUTIES) <= set(SERVICES["databases"]["command"])


@pytest.mark.parametrize("deputy", DEPUTIES)
def test_every_deputy_sees_its_own_secrets_alone(deputy: str) -> None:
    secrets = [each for each in SERVICES[deputy]["volumes"] if "/secrets/" in each]
    assert secrets == [f"./.estafet-compose/secrets/{deputy}:/run/secrets/estafet:ro"]


@pytest.mark.parametrize("deputy", DEPUTIES)
def test_a_deputy_starts_when_its_tables_and_topics_are_there(deputy: str) -> None:
    awaited = SERVICES[deputy]["depends_on"]
    conditions = {name: awaited[name]["condition"] for name in ("migrate", "topics")}
    assert conditions == dict.fromkeys(conditions, "service_completed_successfully")


@each_service
def test_every_container_is_shut_in(name: str) -> None:
    found = SERVICES[name]
    assert (found["read_only"], found["cap_drop"]) == (True, ["ALL"])
    assert found["security_opt"] == ["no-new-privileges:true"]


@each_service
def test_every_container_runs_as_the_user_to_whom_the_secrets_belong(name: str) -> None:
    assert SERVICES[name]["user"].startswith("${ESTAFET_UID:?")


@each_service
def test_ports_are_published_on_loopback_only(name: str) -> None:
    published = SERVICES[name].get("ports", [])
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


@each_service
def test_every_image_is_pinned_by_its_tag(name: str) -> None:
    assert PINNED.fullmatch(SERVICES[name]["image"])


@each_service
def test_every_service_is_in_a_profile(name: str) -> None:
    assert SERVICES[name]["profiles"] in (["core"], ["observability"], ["partner"])


def test_a_ministry_sees_its_own_folder_alone() -> None:
    found = SERVICES["kemlu"]
    assert found["volumes"] == ["./.estafet-compose/partners/kemlu:/partner"]
    assert "environment" not in found


@pytest.mark.process
def test_without_docker_the_script_says_what_needs_none(tmp_path: Path) -> None:
    for tool in ("dirname", "id"):
        (tmp_path / tool).symlink_to(str(shutil.which(tool)))
    done = subprocess.run(
        ["/bin/sh", str(CHECKOUT / "infra/docker/run.sh"), "up"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "there is no Docker" in done.stderr
    assert "`make up` needs neither" in done.stderr


@each_service
def test_no_variable_holds_a_secret(name: str) -> None:
    told = SERVICES[name].get("environment", {})
    secret = {key for key in told if SECRET.search(key) and not key.endswith(("_DIR", "_FILE"))}
    assert secret == set()


@each_service
def test_every_variable_of_ours_is_one_that_the_settings_read(name: str) -> None:
    told = {key for key in SERVICES[name].get("environment", {}) if key.startswith("ESTAFET_")}
    assert told - DEPLOYED == set()


@pytest.mark.parametrize("deputy", DEPUTIES)
def test_who_tells_people_is_told_all_of_messages_and_nobody_else_is(deputy: str) -> None:
    told = {key for key in SERVICES[deputy]["environment"] if key in OF_MESSAGES}
    assert told == (OF_MESSAGES if deputy in TELL_PEOPLE else set())


@pytest.mark.parametrize("deputy", DEPUTIES)
def test_who_signs_documents_is_told_by_which_signer(deputy: str) -> None:
    told = "ESTAFET_DOCUMENT_SIGNER" in SERVICES[deputy]["environment"]
    assert told == (deputy in SIGN_DOCUMENTS)


@pytest.mark.parametrize("deputy", DEPUTIES)
def test_who_writes_files_has_a_folder_for_them_and_nobody_else_has(deputy: str) -> None:
    told = SERVICES[deputy]["environment"]
    folders = {"evidence": "ESTAFET_EVIDENCE_DIR", "messages": "ESTAFET_MESSAGES_SPOOL_DIR"}
    wanted = {"evidence": KEEP_FILES, "messages": TELL_PEOPLE}
    assert [each for each in SERVICES[deputy]["volumes"] if "/data/" in each] == [
        f"./.estafet-compose/data/{kind}/{deputy}:{told[variable]}"
        for kind, variable in folders.items()
        if deputy in wanted[kind]
    ]


def test_what_stays_up_is_asked_for_its_health() -> None:
    # Jaeger's image has nothing to ask with.
    stays = {name for name, found in SERVICES.items() if found["restart"] != "no"}
    assert {name for name in stays if "healthcheck" not in SERVICES[name]} == {"jaeger"}
