"""What people send us: genuine, fresh, and read as what it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.errors import Invalid, Unauthenticated
from services.messages.inbound import (
    Incoming,
    StatusWanted,
    command_of,
    read_webhook,
    score_of,
)
from services.messages.notice import Channel
from services.messages.signing import SIGNATURE, TIMESTAMP, signed
from tests.messages.builders import AN_EVENING

KEY = "not a secret"
TOLD = {"from": "+62 812 0000 001", "text": "STATUS#ADU-1", "received_at": "2024-03-04T17:00:00Z"}


def a_body(**more: object) -> bytes:
    return json.dumps({**TOLD, **more}).encode()


def received(
    body: bytes = b"",
    *,
    signed_at: datetime = AN_EVENING,
    key: str = KEY,
    provider_id: str = "p1",
    tampered: dict[str, str] | None = None,
) -> Incoming:
    body = body or a_body()
    headers = {**signed(key, provider_id, signed_at, body), **(tampered or {})}
    return read_webhook(Channel.SMS, KEY, headers, body, AN_EVENING)


def test_a_genuine_message_is_read() -> None:
    assert received() == Incoming(
        Channel.SMS,
        "+628120000001",
        "STATUS#ADU-1",
        datetime(2024, 3, 4, 17, tzinfo=UTC),
        "p1",
    )


def test_headers_may_be_written_in_any_case() -> None:
    headers = {
        name.title(): value for name, value in signed(KEY, "p1", AN_EVENING, a_body()).items()
    }
    assert read_webhook(Channel.SMS, KEY, headers, a_body(), AN_EVENING).provider_id == "p1"


def test_a_signature_is_that_of_the_specifications_own_library() -> None:
    """Made by standardwebhooks 1.1.0, with a key as the specification writes it."""
    key = "whsec_Y29udG9oLWt1bmNpLXJhaGFzaWEtMDE="
    told = signed(key, "msg_contoh1", AN_EVENING, b'{"text": "Halo"}')
    assert told[SIGNATURE] == "v1,EhXMpLklHludfcwkoLm7ZogTf0oI8JmqS5F1QTV86fw="


def test_without_a_key_nothing_is_signed() -> None:
    with pytest.raises(ValueError, match="key is empty"):
        signed("", "p1", AN_EVENING, b"")


def test_while_a_key_is_changed_either_signature_will_do() -> None:
    old = signed("the old one", "p1", AN_EVENING, a_body())[SIGNATURE]
    new = signed(KEY, "p1", AN_EVENING, a_body())[SIGNATURE]
    assert received(tampered={SIGNATURE: f"{old} {new}"}).provider_id == "p1"


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_message_that_is_sent_again_later_is_refused(minutes: int) -> None:
    with pytest.raises(Unauthenticated, match="more than 5 minutes off: sign it anew"):
        received(signed_at=AN_EVENING + timedelta(minutes=minutes))


def test_a_message_with_another_key_is_refused() -> None:
    with pytest.raises(Unauthenticated, match="does not fit"):
        received(key="guessed")


def test_a_message_whose_text_was_changed_is_refused() -> None:
    headers = signed(KEY, "p1", AN_EVENING, a_body())
    with pytest.raises(Unauthenticated, match="does not fit"):
        read_webhook(Channel.SMS, KEY, headers, a_body(text="other"), AN_EVENING)


@pytest.mark.parametrize(
    ("tampered", "told"),
    [
        ({"webhook-id": "p2"}, "does not fit"),
        ({TIMESTAMP: "soon"}, "no number of seconds"),
        ({TIMESTAMP: "9" * 30}, "no number of seconds"),
        ({TIMESTAMP: ""}, "webhook without webhook-timestamp"),
        ({SIGNATURE: ""}, "webhook without webhook-signature"),
        ({SIGNATURE: "v1,é"}, "does not fit"),
    ],
)
def test_a_webhook_with_a_false_header_is_refused(tampered: dict[str, str], told: str) -> None:
    with pytest.raises(Unauthenticated, match=told):
        received(tampered=tampered)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"[]", ""),
        (b"{", ""),
        (a_body(text=7), "text"),
        (a_body(text="x" * 10_001), "text"),
        (a_body(received_at="2024-03-04T17:00:00"), "received_at"),
        (a_body(**{"from": "0812"}), "from"),
    ],
)
def test_what_is_not_as_agreed_is_refused_by_field(body: bytes, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        received(body)
    assert refused.value.fields[0][0] == field


def test_a_refusal_does_not_repeat_what_was_sent() -> None:
    with pytest.raises(Invalid) as refused:
        received(a_body(**{"from": "majikan contoh"}))
    assert "majikan" not in f"{refused.value} {refused.value.fields}"


def test_a_repeat_becomes_the_same_command() -> None:
    assert received().request_id == received(signed_at=AN_EVENING + timedelta(minutes=1)).request_id


def test_another_message_becomes_another_command() -> None:
    assert received().request_id != received(provider_id="p2").request_id


def wide(text: str) -> str:
    """As a keyboard for Chinese or Japanese writes it."""
    return "".join(chr(ord(each) + 0xFEE0) for each in text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("STATUS#ADU-1234-5678-9", "ADU-1234-5678-9"),
        ("status#adu-1234-5678-9", "ADU-1234-5678-9"),
        ("  Status #  adu 1234 5678 9 ", "ADU 1234 5678 9"),
        ("STATUS ADU-ABCD-EFGH-J", "ADU-ABCD-EFGH-J"),
        ("STATUS 123456789", "123456789"),
        (f"STATUS{wide('#')}ADU-1234-5678-9", "ADU-1234-5678-9"),
        (wide("STATUS#123456789"), "123456789"),
        ("status\n#12345678K.", "12345678K"),
        ("status#abcdefghj", "ABCDEFGHJ"),
    ],
)
def test_who_asks_for_the_status_is_understood(text: str, number: str) -> None:
    assert command_of(text) == StatusWanted(number)


@pytest.mark.parametrize(
    ("text", "besides"),
    [
        ("STATUS#ADU-1234-5678-9 melati", "melati"),
        ("melati: status#123456789", "melati"),
        ("Tolong saya!\nSTATUS 123456789. Cepat", "Tolong saya! Cepat"),
    ],
)
def test_what_stands_beside_the_number_is_no_part_of_it(text: str, besides: str) -> None:
    found = command_of(text)
    assert found is not None
    assert (found.number.replace("-", "")[-9:], found.besides) == ("123456789", besides)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "STATUS",
        "STATUS#",
        "Bagaimana status pengaduan saya?",
        "status pengaduan saya",
        "status aduan saya sudah 3 bulan",
        "STATUS#" + "1" * 60,
        "STATUS#ADU-1234-5678",
        "STATUS#ADU-1234-5678-99",
    ],
)
def test_anything_else_is_for_a_person_to_read(text: str) -> None:
    assert command_of(text) is None


@given(st.text(max_size=60))
def test_any_text_is_read_without_a_fault(text: str) -> None:
    found = command_of(text)
    assert found is None or found.number.strip() == found.number != ""


@pytest.mark.parametrize(
    ("text", "score"),
    [("5", 5), (" 1. ", 1), ("Empat", 4), ("three!", 3), ("\uff12", 2)]
    + [(text, 0) for text in ("0", "6", "55", "4 atau 5", "saya punya 5 anak", "", "-1", "5/5")],
)
def test_a_survey_is_answered_with_one_figure_and_nothing_else(text: str, score: int) -> None:
    assert score_of(text) == score
