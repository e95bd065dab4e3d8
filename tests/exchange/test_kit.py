"""The folder that a ministry gets: what its sample client needs, and what its documents say."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from services.chassis.errors import NotFound
from services.chassis.settings import Settings
from services.exchange import documents, partners
from services.exchange.agreements import AGREEMENTS
from services.exchange.answers import ANSWERS
from services.exchange.commands import app
from services.exchange.names import errors_of, inbox_of, stream_of
from services.exchange.topics import topics_for
from tests.exchange.builders import an_answer, an_id


def test_the_sample_client_is_short_and_needs_kafka_python_only() -> None:
    text = partners.CLIENT.read_text()
    imports = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in (
            [node.module] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
        )
        if name
    }
    assert len(text.splitlines()) <= 60
    assert imports - {"kafka"} <= {"argparse", "json", "pathlib", "sys", "uuid"}


@pytest.mark.parametrize("ministry", AGREEMENTS.ministries)
def test_the_documents_are_good_schemas_of_exactly_the_agreed_fields(ministry: str) -> None:
    schema = documents.stream_schema(ministry)
    Draft202012Validator.check_schema(schema)
    Draft202012Validator.check_schema(documents.errors_schema())
    told = {
        one["properties"]["type"]["const"]: set(_names(one["properties"]["data"]))
        for one in schema["oneOf"]
    }
    assert told == {each.event: set(each.fields) for each in AGREEMENTS.of(ministry)}
    channels = documents.asyncapi(ministry)["channels"]
    assert channels["inbox"]["address"] == f"partner.{ministry}.inbox.v1"


def _names(described: dict[str, Any], prefix: str = "") -> list[str]:
    return [
        name
        for each, inner in described["properties"].items()
        for name in (_names(inner, f"{each}.") if "properties" in inner else [prefix + each])
    ]


def test_a_ministry_has_a_month_to_read_what_it_is_told() -> None:
    days = {topic.name: topic.retention_ms / (24 * 60 * 60 * 1000) for topic in topics_for("kemlu")}
    kept = {stream_of("kemlu"): 30, errors_of("kemlu"): 30, inbox_of("kemlu"): 7}
    assert days == kept


def test_the_schema_of_the_inbox_takes_what_we_take() -> None:
    schema = Draft202012Validator(ANSWERS.json_schema())
    assert schema.is_valid(an_answer("accept", an_id()))
    assert not schema.is_valid(an_answer("return", an_id(), result="perhaps"))


def test_the_command_reads_every_agreement() -> None:
    said = CliRunner().invoke(app, ["check"], obj=lambda _owner: Settings())
    assert said.exit_code == 0
    assert len(said.stdout.splitlines()) == len(AGREEMENTS.all)


def test_a_ministry_without_an_agreement_gets_no_folder(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no agreement with nobody; there are bpjs, kemlu"):
        partners.add(Settings(), "nobody", tmp_path / "nobody")
    assert list(tmp_path.iterdir()) == []
