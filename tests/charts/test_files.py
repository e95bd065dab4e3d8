"""The chart's own files: a deputy is one line, and is named where the door is told of it."""

import json

import pytest
import yaml

from infra.local.charts import CHART
from infra.local.discovery import discover
from infra.local.layout import CHECKOUT
from services.chassis.settings import Settings
from services.gateway.settings import DoorSettings
from tests.support.told import KEEP_FILES

DEPUTIES = discover().serving
VALUES = yaml.safe_load((CHART / "values.yaml").read_text())
SCHEMA = json.loads((CHART / "values.schema.json").read_text())


@pytest.mark.parametrize("deputy", DEPUTIES)
def test_a_deputy_is_one_line(deputy: str) -> None:
    line = f'{{{{ include "estafet.service" (dict "root" $ "name" "{deputy}") }}}}\n'
    assert (CHART / "templates" / f"{deputy}.yaml").read_text() == line


def test_the_door_is_told_of_every_deputy() -> None:
    assert VALUES["deputies"] == list(DEPUTIES)


@pytest.mark.parametrize("deputy", DEPUTIES)
def test_a_deputy_may_have_values_of_its_own(deputy: str) -> None:
    assert (VALUES[deputy], SCHEMA["properties"][deputy]) == (
        {"keepsEvidence": True} if deputy in KEEP_FILES else {},
        {"$ref": "#/definitions/service"},
    )


def test_a_deputys_further_settings_are_those_that_a_service_reads() -> None:
    names = SCHEMA["definitions"]["service"]["properties"]["settings"]["propertyNames"]["enum"]
    assert set(names) <= set(Settings.model_fields)


def test_the_doors_further_settings_are_all_that_it_alone_reads() -> None:
    names = SCHEMA["properties"]["gateway"]["properties"]["settings"]["propertyNames"]["enum"]
    assert names == sorted(name for name in DoorSettings.model_fields if name.startswith("door_"))


def test_whatever_reads_settings_is_known_here() -> None:
    readers = {
        path.relative_to(CHECKOUT).as_posix()
        for path in (CHECKOUT / "services").rglob("*.py")
        if "SettingsConfigDict(" in path.read_text() or "(Settings):" in path.read_text()
    }
    owners = ("chassis", "gateway", "messages")
    assert readers == {f"services/{owner}/settings.py" for owner in owners}
