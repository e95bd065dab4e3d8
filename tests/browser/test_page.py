"""The page in a real browser, by mouse, keyboard and screen reader, without any script."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from estafet.complaint.v1 import service_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis.errors import Invalid, NotFound
from services.gateway.languages import TEXTS
from tests.browser.chromium import Browser, chromium
from tests.gateway.deputies import Deputy
from tests.gateway.doors import a_door

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
COMPLAINT = "0190d5c2-0000-7000-8000-000000000001"
SECRET = "vsuokwyhl6y4rwvncoi6twb6xi"  # noqa: S105 - played


def file(request: pb.FileComplaintRequest, _context: object) -> pb.FileComplaintResponse:
    if len(request.narrative) < 3:
        raise Invalid("bad", fields=(("narrative", "string.min_len", "too short"),))
    number = f"ADU-{request.request_id[:8].upper()}"
    return pb.FileComplaintResponse(complaint_id=COMPLAINT, number=number, secret=SECRET)


def status(request: pb.GetStatusRequest, _context: object) -> pb.GetStatusResponse:
    texts = {
        "id": "Deputi Pelindungan memegang pengaduan ini sejak 31 Januari dan menjawab paling "
        "lambat 7 Februari.",
        "en": "The protection deputy has held this complaint since 31 January and answers by "
        "7 February.",
    }
    return pb.GetStatusResponse(
        number="ADU-1",
        stage=pb.STAGE_HANDED_OVER,
        summary=texts[request.language],
        held_since=Timestamp(seconds=1706659200),
        due_at=Timestamp(seconds=1707296400),
        answers=[
            pb.Answer(
                text="Kami sudah menghubungi majikan.\nTetap kabari kami.",
                answered_at=Timestamp(seconds=1706745600),
            )
        ],
    )


def reasons(_request: pb.GetReasonsRequest, _context: object) -> pb.GetReasonsResponse:
    at, rule = Timestamp(seconds=1706659200), "Perban BP2MI 6/2024 Art 30(2) (contoh)"
    text = "Kami menerima pengaduan Anda."
    return pb.GetReasonsResponse(reasons=[pb.Reason(done_at=at, text=text, rule=rule)])


def ask_why(request: pb.AskWhyRequest, _context: object) -> pb.AskWhyResponse:
    if not request.text:
        raise Invalid("bad", fields=(("text", "string.min_len", "too short"),))
    return pb.AskWhyResponse(unit="layanan_pengaduan")


def no_plan(_request: pb.GetContactPlanRequest, _context: object) -> pb.GetContactPlanResponse:
    raise NotFound("there is no plan")


@pytest.fixture(scope="module")
def deputy() -> Iterator[Deputy]:
    with Deputy().serving() as played:
        played.answers["FileComplaint"] = file
        played.answers["OpenAccess"] = lambda *_: pb.OpenAccessResponse(complaint_id=COMPLAINT)
        played.answers["GetStatus"] = status
        played.answers["GetReasons"] = reasons
        played.answers["AskWhy"] = ask_why
        played.answers["GetContactPlan"] = no_plan
        yield played


@pytest.fixture(scope="module")
def door(deputy: Deputy) -> Iterator[httpx.Client]:
    # All that is tried here comes from one address within a minute.
    with a_door(deputy.address, door_tight_rates={}) as client:
        yield client


def url(door: httpx.Client, path: str) -> str:
    return str(door.base_url.join(path))


@pytest.mark.parametrize("language", ["id", "en"])
def test_a_complaint_is_filed_and_followed_by_mouse_and_keyboard(
    door: httpx.Client, deputy: Deputy, browser: Browser, album: Path, language: str
) -> None:
    browser.open(url(door, f"/?lang={language}"))
    browser.screenshot(album / f"{language}-1-form.png")
    browser.type("#narrative", "Gaji saya tidak dibayar sejak Mei.")
    browser.click("label[for=urgent]")
    browser.click("summary")
    browser.type("#worker_name", "Budi")
    browser.screenshot(album / f"{language}-2-filled.png")
    browser.click("button[type=submit]", leads_on=True)
    browser.screenshot(album / f"{language}-3-filed.png")
    assert "vsuo kwyh l6y4 rwvn coi6 twb6 xi" in browser.text("#secret")
    request = deputy.calls[-1].request
    assert (request.narrative, request.urgent, request.worker_name) == (
        "Gaji saya tidak dibayar sejak Mei.",
        True,
        "Budi",
    )
    browser.click("button[type=submit]", leads_on=True)
    browser.screenshot(album / f"{language}-4-status.png")
    assert "Kami sudah menghubungi majikan." in browser.text("main")


@pytest.mark.parametrize("language", ["id", "en"])
def test_whoever_follows_a_complaint_reads_what_was_done_and_asks_why(
    door: httpx.Client, deputy: Deputy, browser: Browser, album: Path, language: str
) -> None:
    browser.open(url(door, f"/follow?lang={language}"))
    browser.type("#number", "ADU-1")
    browser.type("#secret", SECRET)
    browser.click("button[type=submit]", leads_on=True)
    browser.click("form[action^='/follow/why'] button", leads_on=True)
    assert "Kami menerima pengaduan Anda." in browser.text("main")
    browser.click("form[action^='/follow/why'] button", leads_on=True)
    browser.screenshot(album / f"{language}-6-why-error.png")
    texts: Any = TEXTS[language]
    assert f"link: {texts['errors']['text']}" in browser.spoken()
    browser.type("#text", "Mengapa lama?")
    browser.click("form[action^='/follow/why'] button", leads_on=True)
    browser.screenshot(album / f"{language}-7-why.png")
    assert (browser.overflow(), browser.complaints()) == (0, [])
    assert f"StaticText: {texts['why']['sent']}" in browser.spoken()
    sent = [call.request.text for call in deputy.calls if hasattr(call.request, "version")]
    assert sent[-1] == "Mengapa lama?"


@pytest.mark.parametrize("language", ["id", "en"])
def test_whoever_follows_a_complaint_says_how_they_may_be_reached(
    door: httpx.Client, deputy: Deputy, browser: Browser, album: Path, language: str
) -> None:
    browser.open(url(door, f"/follow?lang={language}"))
    browser.type("#number", "ADU-1")
    browser.type("#secret", SECRET)
    browser.click("button[type=submit]", leads_on=True)
    browser.click("form[action^='/follow/contact'] button", leads_on=True)
    browser.screenshot(album / f"{language}-8-contact.png")
    assert (browser.overflow(), browser.complaints()) == (0, [])
    browser.type("#address_1", "+62 811 0000 001")
    browser.type("#code_word", "melati")
    browser.click("label[for=without_content]")
    browser.click("form button", leads_on=True)
    browser.screenshot(album / f"{language}-9-contact-error.png")
    texts: Any = TEXTS[language]["contact"]
    assert f"link: {texts['way']} 1: {texts['errors']['readers']}" in browser.spoken()
    assert "melati" in browser.text("#code_word")


def test_a_double_click_files_one_complaint(
    door: httpx.Client, deputy: Deputy, browser: Browser
) -> None:
    browser.open(url(door, "/"))
    browser.type("#narrative", "Paspor saya ditahan.")
    before = len(deputy.calls)
    browser.click("button[type=submit]", times=2, leads_on=True)
    numbers = {call.request.request_id for call in deputy.calls[before:]}
    assert len(numbers) == 1


def test_what_was_typed_survives_an_error_and_the_error_takes_the_focus(
    door: httpx.Client, browser: Browser, album: Path
) -> None:
    browser.open(url(door, "/?lang=en"))
    browser.type("#narrative", "Hi")
    browser.type("#contact", "+62 000")
    browser.click("button[type=submit]", leads_on=True)
    browser.screenshot(album / "en-5-error.png")
    assert ">Hi</textarea>" in browser.text("#narrative").replace("\n", "")
    assert "+62 000" in browser.text("#contact")
    assert any(line.startswith("alert") or "Not done yet" in line for line in browser.spoken())


def test_the_keyboard_alone_reaches_everything_in_the_order_of_the_page(
    door: httpx.Client, browser: Browser
) -> None:
    browser.open(url(door, "/?lang=en"))
    reached = []
    for _ in range(10):
        browser.press("Tab")
        reached.append(browser.focused())
    assert reached == [
        "Skip to the content",
        "Bahasa Indonesia",
        "File a complaint",
        "Follow a complaint",
        "Guidance",
        "What happened?",
        "Somebody is in danger now",
        "Your telephone or e-mail (may stay empty)",
        "More, if you know it (may stay empty)",
        "Send the complaint",
    ]


def test_a_screen_reader_hears_the_questions_in_order(door: httpx.Client, browser: Browser) -> None:
    browser.open(url(door, "/?lang=id"))
    heard = browser.spoken()
    wanted = [
        "heading: Ceritakan masalah Anda",
        "textbox: Apa yang terjadi?",
        "checkbox: Ada orang dalam bahaya sekarang",
        "button: Kirim pengaduan",
    ]
    assert [line for line in heard if line in wanted] == wanted


@pytest.mark.parametrize("path", ["/", "/follow", "/docs"])
def test_the_browser_finds_nothing_to_complain_about(
    door: httpx.Client, browser: Browser, album: Path, path: str
) -> None:
    browser.open(url(door, path))
    browser.screenshot(album / f"page{path.replace('/', '-')}.png")
    assert browser.overflow() == 0
    assert browser.complaints() == []


def test_targets_are_large_enough_for_a_thumb(door: httpx.Client, browser: Browser) -> None:
    browser.open(url(door, "/"))
    browser.click("summary")
    names = re.findall(r'<(?:input|select|textarea) id="(\w+)"', unescape(browser.text("form")))
    heights = {}
    for name in (*names, "button"):
        selector = name if name == "button" else f"#{name}"
        model = browser.do("DOM.getBoxModel", nodeId=browser.node(selector))["model"]
        heights[name] = model["height"]
    heights.pop("urgent", None)  # its label is the target
    assert names
    assert all(height >= 44 for height in heights.values()), heights
