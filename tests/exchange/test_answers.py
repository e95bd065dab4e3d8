"""What a ministry may write, and what it is told of anything else."""

import json
from typing import Any

import pytest

from services.exchange.answers import Accept, Ask, Decline, Malformed, Return, read
from tests.exchange.builders import an_answer, an_id, written

CANARY = "kenari"


@pytest.mark.parametrize(
    ("kind", "told", "cls"),
    [
        ("accept", {}, Accept),
        ("decline", {"code": "not_ours", "text": "bukan (contoh)"}, Decline),
        ("ask", {"text": "apa (contoh)?"}, Ask),
        ("return", {"result": "helped"}, Return),
    ],
)
def test_each_kind_of_answer_is_read(kind: str, told: dict[str, Any], cls: type) -> None:
    assert isinstance(read(written(an_answer(kind, an_id(), **told))), cls)


@pytest.mark.parametrize(
    "change",
    [
        {"specversion": "0.3"},
        {"type": f"referral.{CANARY}"},
        {"id": ""},
        {"id": 7},
        {"source": None},
        {CANARY: 1},
        {"data": {}},
        {"data": [CANARY]},
        {"data": {"matter_id": CANARY, "offer_no": 2}},
        {"data": {"matter_id": an_id(), "offer_no": "2"}},
        {"data": {"matter_id": an_id(), "offer_no": 2**63}},
        {"data": {"matter_id": an_id(), "offer_no": 2, CANARY: CANARY}},
    ],
)
def test_what_is_wrong_is_said_without_what_was_written(change: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as wrong:
        read(written(an_answer("accept", an_id()) | change))
    assert wrong.value.reason == "MALFORMED"
    assert str(wrong.value)
    assert CANARY not in str(wrong.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"null", b"[" * 100_000])
def test_what_is_no_document_is_malformed(content: bytes) -> None:
    with pytest.raises(Malformed):
        read(content)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("decline", {"code": "because"}),
        ("return", {"result": "perhaps"}),
        ("ask", {"text": ""}),
        ("ask", {"text": "a\x00b"}),
        ("ask", {"text": "x" * 20_001}),
    ],
)
def test_a_value_that_is_not_allowed_is_malformed(kind: str, told: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as wrong:
        read(written(an_answer(kind, an_id(), **told)))
    assert wrong.value.reason == "MALFORMED"


def test_what_is_too_large_is_not_parsed() -> None:
    with pytest.raises(Malformed) as wrong:
        read(json.dumps({"text": "x" * 300_000}).encode())
    assert wrong.value.reason == "TOO_LARGE"
