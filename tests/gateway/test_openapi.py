"""The reference says what the protos say, and offers exactly what the door serves."""

from typing import Any

import httpx
import pytest

from services.gateway.comments import built_descriptors, read_comments
from services.gateway.openapi import openapi
from services.gateway.rpcs import rpcs_of

RPCS = rpcs_of(["complaint", "protection"])


@pytest.fixture(scope="module")
def document() -> Any:
    return openapi(RPCS, read_comments(built_descriptors()), "1")


def body_of(document: Any, path: str) -> Any:
    return document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]


def test_every_rpc_is_there(document: Any) -> None:
    told = {(verb, path) for path, verbs in document["paths"].items() for verb in verbs}
    assert told == {(rpc.verb.lower(), rpc.path) for rpc in RPCS}


def test_rules_comments_and_classification_are_shown(document: Any) -> None:
    narrative = body_of(document, "/v1/complaints")["properties"]["narrative"]
    assert narrative == {
        "type": "string",
        "minLength": 3,
        "maxLength": 20000,
        "x-estafet-data": "sensitive",
        "description": "What happened, in the complainant's words.",
    }


def test_only_what_the_caller_must_send_is_required(document: Any) -> None:
    assert body_of(document, "/v1/complaints")["required"] == ["narrative"]
    mediation = body_of(document, "/v1/protection/cases/{case_id}:mediate")
    assert mediation["required"] == ["outcome"]
    assert "MEDIATION_OUTCOME_UNSPECIFIED" not in mediation["properties"]["outcome"]["enum"]


def test_what_the_path_holds_is_not_asked_for_in_the_body(document: Any) -> None:
    body = body_of(document, "/v1/complaints/{complaint_id}:triage")
    assert "complaint_id" not in body["properties"]
    parameters = document["paths"]["/v1/complaints/{complaint_id}:triage"]["post"]["parameters"]
    assert [(p["name"], p["in"]) for p in parameters] == [
        ("complaint_id", "path"),
        ("Idempotency-Key", "header"),
    ]


def test_every_reference_leads_somewhere(document: Any) -> None:
    def references(node: Any) -> set[str]:
        if isinstance(node, dict):
            own = {node["$ref"]} if "$ref" in node else set()
            return own.union(*(references(inner) for inner in node.values()))
        if isinstance(node, list):
            return set[str]().union(*(references(inner) for inner in node))
        return set()

    there = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
    assert references(document) <= there


def test_the_page_for_reading_names_every_path_and_loads_nothing_from_elsewhere(
    door: httpx.Client, document: Any
) -> None:
    text = door.get("/docs").text
    assert all(path in text for path in document["paths"])
    assert "http://" not in text
    assert "https://" not in text
    assert "What happened, in the complainant's words." in text
    assert "<strong>Safe to repeat.</strong>" in text
    assert "**" not in text
    assert "`" not in text
