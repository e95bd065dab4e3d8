"""The page: usable without script, in two languages, losing nothing that was typed."""

import re
from html import unescape
from uuid import UUID

import httpx
import pytest
from estafet.complaint.v1 import service_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis.errors import Invalid, TooMany, Unauthenticated
from services.gateway.languages import TEXTS
from tests.gateway.deputies import Deputy, refusing
from tests.gateway.doors import NOBODY, a_door

COMPLAINT = "0190d5c2-0000-7000-8000-000000000001"
TYPED = {
    "narrative": "Gaji <b>tidak</b> dibayar\nsejak Mei",
    "contact": "+62 & 0",
    "worker_name": "Budi",
    "country": "MYS",
    "urgent": "yes",
}


def request_id_in(text: str) -> str:
    found = re.search(r'name="request_id" value="([^"]+)"', text)
    assert found
    return found[1]


def file(request: pb.FileComplaintRequest, _context: object) -> pb.FileComplaintResponse:
    """As complaint does: number and secret follow from the request_id alone."""
    number = f"ADU-{request.request_id[:8]}"
    return pb.FileComplaintResponse(
        complaint_id=COMPLAINT, number=number, secret=request.request_id[-12:]
    )


def test_indonesian_comes_first(door: httpx.Client) -> None:
    assert '<html lang="id">' in door.get("/").text
    assert '<html lang="id">' in door.get("/", headers={"Accept-Language": "fr;q=1"}).text


@pytest.mark.parametrize("asked", ["en", "en-GB,id;q=0.5", "fr, en;q=0.9, id;q=0.8"])
def test_the_browsers_language_is_spoken_if_we_can(door: httpx.Client, asked: str) -> None:
    assert '<html lang="en">' in door.get("/", headers={"Accept-Language": asked}).text


def test_the_language_in_the_address_wins(door: httpx.Client) -> None:
    text = door.get("/?lang=en", headers={"Accept-Language": "id"}).text
    assert '<html lang="en">' in text
    assert 'action="/?lang=en"' in text


def keys(texts: object, prefix: str = "") -> set[str]:
    if not isinstance(texts, dict):
        return {prefix}
    return {key for name, inner in texts.items() for key in keys(inner, f"{prefix}.{name}")}


def test_both_languages_say_everything() -> None:
    assert keys(TEXTS["id"]) == keys(TEXTS["en"])
    assert set(TEXTS["id"]["reporters"]) == set(pb.Reporter.keys())  # type: ignore[call-overload] # a table
    assert set(TEXTS["id"]["stages"]) == set(pb.Stage.keys())  # type: ignore[call-overload] # a table


def test_every_input_has_its_label_and_no_script_or_foreign_address_is_there(
    door: httpx.Client,
) -> None:
    answer = door.get("/")
    inputs = re.findall(r'<(?:input|textarea|select)[^>]* id="([^"]+)"', answer.text)
    assert inputs
    assert set(re.findall(r'<label for="([^"]+)"', answer.text)) == set(inputs)
    assert not re.search(r"<script|javascript:|\son\w+=|https?://", answer.text)
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


def test_page_and_style_together_are_small(door: httpx.Client) -> None:
    text = door.get("/").text
    loaded = [door.get(path) for path in re.findall(r'(?:href)="(/static/[^"]+)"', text)]
    assert [part.status_code for part in loaded] == [200, 200]
    assert len(text.encode()) + sum(len(part.content) for part in loaded) < 50 * 1024


def test_a_filed_complaint_shows_number_and_secret(door: httpx.Client, deputy: Deputy) -> None:
    deputy.answers["FileComplaint"] = file
    form = {**TYPED, "request_id": request_id_in(door.get("/").text)}
    answer = door.post("/?lang=id", data=form)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert f"ADU-{form['request_id'][:8]}" in answer.text
    secret = form["request_id"][-12:]
    assert f"{secret[:4]} {secret[4:8]} {secret[8:]}" in answer.text
    assert TEXTS["id"]["filed"]["keep"] in answer.text  # type: ignore[index] # a table
    request = deputy.calls[0].request
    assert (request.narrative, request.urgent) == (TYPED["narrative"], True)
    assert (request.channel, request.country) == (pb.CHANNEL_WEB, "MYS")


def test_a_second_click_is_the_same_complaint(door: httpx.Client, deputy: Deputy) -> None:
    deputy.answers["FileComplaint"] = file
    form = {**TYPED, "request_id": request_id_in(door.get("/").text)}
    first, second = door.post("/", data=form), door.post("/", data=form)
    assert first.text == second.text
    assert deputy.calls[0].request == deputy.calls[1].request


def test_two_visitors_get_different_request_ids(door: httpx.Client) -> None:
    first, second = request_id_in(door.get("/").text), request_id_in(door.get("/").text)
    assert UUID(first).version == 4
    assert first != second


def test_what_was_typed_is_kept_when_a_field_is_wrong(door: httpx.Client, deputy: Deputy) -> None:
    field = ("narrative", "string.min_len", "must be at least 3 characters")
    deputy.answers["FileComplaint"] = refusing(Invalid("bad", fields=(field,)))
    answer = door.post("/?lang=en", data={**TYPED, "request_id": "no uuid"})
    text = unescape(answer.text)
    assert answer.status_code == 400
    assert f">\n{TYPED['narrative']}</textarea>" in text
    assert 'value="+62 & 0"' in text
    assert '<option value="MYS" selected>' in text
    assert "checked" in text
    assert 'aria-invalid="true"' in text
    assert 'role="alert"' in text
    assert "<b>" not in answer.text


def test_a_form_that_was_changed_after_sending_gets_a_new_request_id(
    door: httpx.Client, deputy: Deputy
) -> None:
    deputy.answers["FileComplaint"] = refusing(Invalid("reused", reason="REQUEST_ID_REUSED"))
    used = request_id_in(door.get("/").text)
    answer = door.post("/?lang=en", data={**TYPED, "request_id": used})
    assert "already sent with other contents" in answer.text
    assert request_id_in(answer.text) != used


def test_when_complaint_is_down_the_same_form_can_be_sent_again() -> None:
    with a_door(NOBODY) as client:
        used = request_id_in(client.get("/").text)
        answer = client.post("/?lang=en", data={**TYPED, "request_id": used})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert "nothing has been saved yet" in answer.text
    assert request_id_in(answer.text) == used
    assert "sejak Mei</textarea>" in answer.text


def test_somebody_in_danger_is_heard_when_the_page_is_busy(deputy: Deputy) -> None:
    deputy.answers["FileComplaint"] = file
    with a_door(deputy.address, door_address_rate={"per_second": 0.001, "burst": 1}) as client:
        calm = [client.post("/", data={"narrative": "abc"}).status_code for _ in range(2)]
        danger = client.post("/", data={"narrative": "abc", "urgent": "yes"}).status_code
    assert (calm, danger) == ([200, 429], 200)


def test_number_and_secret_show_the_status(door: httpx.Client, deputy: Deputy) -> None:
    access = pb.OpenAccessResponse(complaint_id=COMPLAINT, token="short")  # noqa: S106 - played
    deputy.answers["OpenAccess"] = lambda *_: access
    deputy.answers["GetStatus"] = lambda *_: pb.GetStatusResponse(
        number="ADU-1",
        stage=pb.STAGE_HANDED_OVER,
        summary="Pelindungan memegang pengaduan ini.",
        held_since=Timestamp(seconds=1706659200),
        answers=[pb.Answer(text="<i>Kami</i> dengar", answered_at=Timestamp(seconds=1706659200))],
    )
    answer = door.post("/follow?lang=id", data={"number": " ADU-1 ", "secret": "s"})
    assert "Pelindungan memegang pengaduan ini." in answer.text
    assert "31 Januari 2024, 07.00 WIB" in answer.text
    assert "&lt;i&gt;Kami&lt;/i&gt; dengar" in answer.text
    asked, status = deputy.calls
    assert asked.request.number == "ADU-1"
    assert (status.metadata["authorization"], status.request.language) == ("Bearer short", "id")


def let_in(deputy: Deputy) -> None:
    """Whoever comes has number and secret; one thing was done."""
    access = pb.OpenAccessResponse(complaint_id=COMPLAINT, token="short")  # noqa: S106 - played
    done = pb.Reason(
        done_at=Timestamp(seconds=1706659200), text="<i>We</i> took it in.", rule="Art 1"
    )
    deputy.answers["OpenAccess"] = lambda *_: access
    deputy.answers["GetReasons"] = lambda *_: pb.GetReasonsResponse(reasons=[done])
    deputy.answers["AskWhy"] = lambda *_: pb.AskWhyResponse(unit="layanan_pengaduan")


KEY = {"number": "ADU-1", "secret": "s"}


def test_what_was_done_is_told_with_its_rule_and_nothing_is_asked(
    door: httpx.Client, deputy: Deputy
) -> None:
    let_in(deputy)
    answer = door.post("/follow/why?lang=en", data=KEY)
    assert "&lt;i&gt;We&lt;/i&gt; took it in." in answer.text
    assert "Rule: Art 1" in answer.text
    assert "31 January 2024, 07:00 Jakarta time" in answer.text
    _, told = deputy.calls
    assert (told.metadata["authorization"], told.request.language) == ("Bearer short", "en")


def test_a_question_is_sent_once_and_said_to_be_sent(door: httpx.Client, deputy: Deputy) -> None:
    let_in(deputy)
    asked = {**KEY, "text": "Mengapa lama?", "asks": "yes", "request_id": COMPLAINT}
    answer = door.post("/follow/why?lang=en", data=asked)
    assert "Your question was sent." in answer.text
    assert "Mengapa lama?" not in answer.text
    _, question, _ = deputy.calls
    assert (question.request.text, question.request.request_id) == ("Mengapa lama?", COMPLAINT)
    assert request_id_in(answer.text) != COMPLAINT


def test_a_question_that_is_empty_is_refused_at_its_field(
    door: httpx.Client, deputy: Deputy
) -> None:
    let_in(deputy)
    wrong = Invalid("text", fields=(("text", "string.min_len", "value length"),))
    deputy.answers["AskWhy"] = refusing(wrong)
    answer = door.post("/follow/why?lang=en", data={**KEY, "asks": "yes"})
    assert answer.status_code == 400
    assert 'id="text-error">Write your question' in answer.text
    assert "Your question was sent." not in answer.text


def test_a_question_that_could_not_be_sent_is_still_there() -> None:
    with a_door(NOBODY) as client:
        answer = client.post("/follow/why?lang=en", data={**KEY, "text": "Why?", "asks": "yes"})
    assert (answer.status_code, "nothing has been saved yet" in answer.text) == (503, True)
    assert ">Why?</textarea>" in answer.text
    assert "Nothing was done yet." not in answer.text


def test_without_the_secret_nothing_that_was_done_is_told(
    door: httpx.Client, deputy: Deputy
) -> None:
    let_in(deputy)
    deputy.answers["OpenAccess"] = refusing(Unauthenticated("no"))
    answer = door.post("/follow/why?lang=en", data={**KEY, "text": "Mengapa?", "asks": "yes"})
    assert (answer.status_code, "do not fit" in answer.text) == (401, True)
    assert len(deputy.calls) == 1


def test_a_wrong_secret_is_told_without_saying_which_was_wrong(
    door: httpx.Client, deputy: Deputy
) -> None:
    deputy.answers["OpenAccess"] = refusing(Unauthenticated("no"))
    answer = door.post("/follow?lang=en", data={"number": "ADU-1", "secret": "s"})
    assert (answer.status_code, "do not fit" in answer.text) == (401, True)


def test_too_many_guesses_are_told_to_wait(door: httpx.Client, deputy: Deputy) -> None:
    deputy.answers["OpenAccess"] = refusing(TooMany("no"))
    answer = door.post("/follow?lang=en", data={"number": "ADU-1", "secret": "s"})
    assert (answer.status_code, "Too many tries" in answer.text) == (429, True)


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
@pytest.mark.parametrize("path", ["/", "/follow", "/follow/why", "/follow/contact"])
def test_a_form_of_another_site_is_refused(
    door: httpx.Client, deputy: Deputy, path: str, headers: dict[str, str]
) -> None:
    answer = door.post(path, data=TYPED, headers=headers)
    assert (answer.status_code, answer.json()["reason"]) == (403, "FOREIGN_FORM")
    assert deputy.calls == []


def test_a_demo_says_so_on_every_page_and_production_does_not(deputy: Deputy) -> None:
    pages = ("/", "/follow", "/docs")
    with a_door(deputy.address) as client:
        assert all("DEMO" in client.get(page).text for page in pages)
    with a_door(deputy.address, environment="production") as client:
        assert not any("DEMO" in client.get(page).text for page in pages)
