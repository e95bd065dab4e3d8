"""The agency's page: usable without script, in two languages, and neither link nor token is in an
address."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx
import pytest
from estafet.complaint.v1 import service_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis.errors import Invalid, NotAllowed, Unauthenticated
from services.gateway.languages import TEXTS
from tests.gateway.deputies import Deputy, refusing
from tests.gateway.doors import a_door

CLARIFICATION = "0190d5c2-0000-7000-8000-000000000001"
SECRET = "abcdefghijklmnopqrstuvwxyz"  # noqa: S105 - played
LINK = f"https://contoh.example/klarifikasi#{CLARIFICATION}.{SECRET}"
TOKEN = "a.played.token"  # noqa: S105 - idem
KEY = {"clarification_id": CLARIFICATION, "token": TOKEN}
ANSWER = {"name": "Direktur Contoh", "explanation": "Dana <b>terlambat</b>"}
A_PNG = b"\x89PNG\r\n\x1a\n and so on"


def invitation(**fields: Any) -> pb.GetInvitationResponse:
    told: dict[str, Any] = {
        "number": "KLA-000000000001",
        "session": 1,
        "p3mi_name": "PT Contoh <Fiktif>",
        "meets_at": Timestamp(seconds=1709780400),
        "place": "online",
        "asked": "Mengapa gaji belum dibayar?",
        "answer_by": Timestamp(seconds=1709780400),
        "state": pb.INVITATION_STATE_INVITED,
    }
    return pb.GetInvitationResponse(**(told | fields))


@pytest.fixture
def deputy() -> Iterator[Deputy]:
    with Deputy().serving() as played:
        opened = pb.OpenClarificationResponse(clarification_id=CLARIFICATION, token=TOKEN)
        played.answers["OpenClarification"] = lambda *_: opened
        played.answers["GetInvitation"] = lambda *_: invitation()
        yield played


@pytest.fixture
def door(deputy: Deputy) -> Iterator[httpx.Client]:
    with a_door(deputy.address) as client:
        yield client


def asked(deputy: Deputy, method: str) -> Any:
    """The request of the last call of an rpc."""
    return next(call.request for call in reversed(deputy.calls) if call.method == method)


def test_the_whole_link_or_the_code_alone_opens_the_invitation(
    door: httpx.Client, deputy: Deputy
) -> None:
    for text in (LINK, f" {CLARIFICATION}.{SECRET} "):
        shown = door.post("/klarifikasi", data={"link": text}).text
        assert "Mengapa gaji belum dibayar?" in shown
        request = asked(deputy, "OpenClarification")
        assert (request.clarification_id, request.secret) == (CLARIFICATION, SECRET)


def test_the_invitation_is_read_with_the_agencys_own_token(
    door: httpx.Client, deputy: Deputy
) -> None:
    door.post("/klarifikasi", data={"link": LINK})
    assert deputy.calls[-1].metadata["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("reason", ["LINK_USED", "LINK_ENDED", "INVITATION_OVER"])
@pytest.mark.parametrize("language", ["id", "en"])
def test_a_link_that_opens_nothing_is_refused_in_plain_words(
    door: httpx.Client, deputy: Deputy, reason: str, language: str
) -> None:
    deputy.answers["OpenClarification"] = refusing(NotAllowed("no", reason=reason))
    answer = door.post(f"/klarifikasi?lang={language}", data={"link": LINK})
    refusals: Any = TEXTS[language]["agency"]
    assert answer.status_code == 409
    assert refusals["refusals"][reason] in unescape(answer.text)


@pytest.mark.parametrize("text", ["", "nonsense", "#.", f"{CLARIFICATION}.", "a" * 300])
def test_what_is_no_link_is_refused_as_one_that_does_not_fit(
    door: httpx.Client, deputy: Deputy, text: str
) -> None:
    refused = Invalid("bad", fields=(("clarification_id", "string.uuid", "no"),))
    deputy.answers["OpenClarification"] = refusing(refused)
    answer = door.post("/klarifikasi?lang=en", data={"link": text})
    assert "none that counts" in answer.text


def test_an_answer_is_sent_with_what_was_promised(door: httpx.Client, deputy: Deputy) -> None:
    promise = {"what_2": "Membayar gaji", "amount_2": "Rp 9.000.000", "due_on_2": "2024-03-08"}
    answer = door.post("/klarifikasi/jawaban", data={**KEY, **ANSWER, **promise})
    request = asked(deputy, "AnswerInvitation")
    assert (request.name, request.explanation) == ("Direktur Contoh", "Dana <b>terlambat</b>")
    assert list(request.commitments) == [
        pb.Promise(what="Membayar gaji", amount_rupiah=9_000_000, due_on="2024-03-08")
    ]
    assert "Surat pernyataan Anda sudah kami terima." in answer.text


@pytest.mark.parametrize("amount", ["sembilan juta", "9" * 30, "-1"])
def test_an_amount_that_is_no_number_is_said_at_its_field(
    door: httpx.Client, deputy: Deputy, amount: str
) -> None:
    promise = {"what_1": "Membayar", "amount_1": amount, "due_on_1": "2024-03-08"}
    answer = door.post("/klarifikasi/jawaban?lang=en", data={**KEY, **ANSWER, **promise})
    assert 'id="amount_1-error"' in answer.text
    assert not [call for call in deputy.calls if call.method == "AnswerInvitation"]


def test_a_promise_that_no_statement_takes_is_said_at_the_row_where_it_was_typed(
    door: httpx.Client, deputy: Deputy
) -> None:
    refused = Invalid("bad", fields=(("commitments.0.due_on", "date", "before the session"),))
    deputy.answers["AnswerInvitation"] = refusing(refused)
    promise = {"what_3": "Membayar", "due_on_3": "2020-01-01"}
    answer = door.post("/klarifikasi/jawaban", data={**KEY, **ANSWER, **promise})
    assert 'id="due_on_3-error"' in answer.text


def test_what_was_typed_survives_a_refusal(door: httpx.Client, deputy: Deputy) -> None:
    deputy.answers["AnswerInvitation"] = refusing(NotAllowed("no", reason="ANSWERED"))
    answer = door.post("/klarifikasi/jawaban", data={**KEY, **ANSWER})
    assert "Dana &lt;b&gt;terlambat&lt;/b&gt;</textarea>" in answer.text
    assert 'value="Direktur Contoh"' in answer.text


def test_what_was_typed_is_shown_even_when_the_two_hours_are_over(
    door: httpx.Client, deputy: Deputy
) -> None:
    expired = refusing(Unauthenticated("the token has expired", reason="TOKEN_EXPIRED"))
    deputy.answers["AnswerInvitation"] = deputy.answers["GetInvitation"] = expired
    answer = door.post("/klarifikasi/jawaban?lang=en", data={**KEY, **ANSWER})
    assert "The two hours are over" in answer.text
    assert "Dana &lt;b&gt;terlambat&lt;/b&gt;" in answer.text


def test_another_date_and_an_objection_are_sent(door: httpx.Client, deputy: Deputy) -> None:
    wish = {"wished_on": "2024-03-12", "wish": "Nyepi"}
    door.post("/klarifikasi/tanggal", data={**KEY, **wish})
    assert asked(deputy, "AskAnotherDate").text == "Nyepi"
    objection = {"objection": "OBJECTION_NOT_OUR_WORKER", "objection_text": "Bukan kami"}
    door.post("/klarifikasi/keberatan", data={**KEY, **objection})
    assert asked(deputy, "ObjectToInvitation").objection == pb.OBJECTION_NOT_OUR_WORKER


def test_a_file_is_handed_in_as_it_is(door: httpx.Client, deputy: Deputy) -> None:
    files = {"file": ("nama orang.png", A_PNG, "image/png")}
    answer = door.post("/klarifikasi/berkas", data=KEY, files=files)
    request = asked(deputy, "AddFile")
    assert (request.media_type, request.content) == ("image/png", A_PNG)
    assert "Berkas sudah kami terima." in answer.text


def test_a_file_that_is_too_large_is_refused_and_the_page_stays(
    door: httpx.Client, deputy: Deputy
) -> None:
    files = {"file": ("a.png", A_PNG + bytes(3 * 1024 * 1024), "image/png")}
    answer = door.post("/klarifikasi/berkas?lang=en", data=KEY, files=files)
    assert (answer.status_code, "larger than 3 MB" in answer.text) == (413, True)
    assert TOKEN in answer.text


def test_a_form_without_a_file_says_so(door: httpx.Client) -> None:
    files = {"file": ("", b"", "application/octet-stream")}
    assert "holds something" in door.post("/klarifikasi/berkas?lang=en", data=KEY, files=files).text


@pytest.mark.parametrize("body", [b"", b"--x\r\nnonsense", b"\0" * 100])
def test_a_broken_upload_is_a_problem_and_no_error_of_ours(door: httpx.Client, body: bytes) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = door.post("/klarifikasi/berkas", content=body, headers=headers)
    assert answer.status_code in {400, 401, 413}


@pytest.mark.parametrize("path", ["", "/lihat", "/jawaban", "/tanggal", "/keberatan", "/berkas"])
def test_a_form_of_another_site_is_refused(door: httpx.Client, path: str) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = door.post(f"/klarifikasi{path}", data={**KEY, "link": LINK}, headers=headers)
    assert (answer.status_code, answer.json()["reason"]) == (403, "FOREIGN_FORM")


@pytest.mark.parametrize("state", ["INVITED", "DATE_ASKED", "OBJECTED", "ANSWERED", "OVER"])
@pytest.mark.parametrize("language", ["id", "en"])
def test_every_state_is_said_and_every_input_has_its_label(
    door: httpx.Client, deputy: Deputy, state: str, language: str
) -> None:
    value = pb.InvitationState.Value(f"INVITATION_STATE_{state}")
    deputy.answers["GetInvitation"] = lambda *_: invitation(
        state=value, session=2, digest="0" * 64, files=2, wished_on="2024-03-12"
    )
    text = door.post(f"/klarifikasi/lihat?lang={language}", data=KEY).text
    inputs = re.findall(r'<(?:input|textarea|select)[^>]* id="([^"]+)"', text)
    assert set(re.findall(r'<label for="([^"]+)"', text)) == set(inputs)
    assert len(set(inputs)) == len(inputs)
    words: Any = TEXTS[language]["agency"]
    assert words["states"][f"INVITATION_STATE_{state}"] in unescape(text)
    assert not re.search(r"<script|javascript:|\son\w+=|https?://", text)


def test_whoever_is_over_is_asked_nothing(door: httpx.Client, deputy: Deputy) -> None:
    deputy.answers["GetInvitation"] = lambda *_: invitation(state=pb.INVITATION_STATE_OVER)
    assert "<textarea" not in door.post("/klarifikasi/lihat", data=KEY).text


def test_neither_link_nor_token_is_in_an_address(door: httpx.Client) -> None:
    text = door.post("/klarifikasi", data={"link": LINK}).text
    for address in re.findall(r'(?:href|action)="([^"]+)"', text):
        assert SECRET not in address
        assert TOKEN not in address
        assert CLARIFICATION not in address
    assert SECRET not in text


def test_the_language_is_changed_without_losing_the_way_in(door: httpx.Client) -> None:
    text = door.post("/klarifikasi?lang=id", data={"link": LINK}).text
    assert 'action="/klarifikasi/lihat?lang=en"' in text
    assert 'href="/klarifikasi?lang=en"' not in text


def test_the_words_are_those_of_the_protos() -> None:
    for language in ("id", "en"):
        words: Any = TEXTS[language]["agency"]
        objections = {value.name for value in pb.Objection.DESCRIPTOR.values}
        assert set(words["objections"]) == objections - {"OBJECTION_UNSPECIFIED"}
        assert set(words["states"]) == {v.name for v in pb.InvitationState.DESCRIPTOR.values}


def test_a_file_by_json_may_be_larger_than_other_requests(
    door: httpx.Client, deputy: Deputy
) -> None:
    content = base64.b64encode(A_PNG + bytes(1024 * 1024)).decode()
    path = f"/v1/clarifications/{CLARIFICATION}:add_file"
    answer = door.post(path, json={"media_type": "image/png", "content": content})
    assert answer.status_code == 200
    assert len(asked(deputy, "AddFile").content) > 1024 * 1024


def test_no_other_request_may_be_that_large(door: httpx.Client) -> None:
    path = f"/v1/clarifications/{CLARIFICATION}:answer"
    answer = door.post(path, json={"explanation": "x" * 1024 * 1024})
    assert (answer.status_code, answer.json()["reason"]) == (413, "BODY_TOO_LARGE")


def test_what_is_larger_than_the_door_reads_leads_back_to_the_link(deputy: Deputy) -> None:
    files = {"file": ("a.png", A_PNG + bytes(4096), "image/png")}
    with a_door(deputy.address, door_upload_limit=2048) as door:
        answer = door.post("/klarifikasi/berkas?lang=en", data=KEY, files=files)
    assert (answer.status_code, "too large, so it was not read" in answer.text) == (413, True)


def test_whoever_guesses_links_is_slowed_down(door: httpx.Client, deputy: Deputy) -> None:
    wrong = Unauthenticated("no", reason="WRONG_SECRET")
    deputy.answers["OpenClarification"] = refusing(wrong)
    told = [door.post("/klarifikasi", data={"link": LINK}).status_code for _ in range(12)]
    assert (told[:10], told[-1]) == ([401] * 10, 429)
