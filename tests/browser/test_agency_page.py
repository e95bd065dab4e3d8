"""The agency's page in a real browser, by mouse, keyboard and screen reader, without any script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from estafet.complaint.v1 import service_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis.errors import NotAllowed
from tests.browser.chromium import Browser, chromium
from tests.gateway.deputies import Deputy, refusing
from tests.gateway.doors import a_door

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
CLARIFICATION = "0190d5c2-0000-7000-8000-000000000001"
LINK = f"https://contoh.example/klarifikasi#{CLARIFICATION}.abcdefghijklmnopqrstuvwxyz"
DIGEST = "3f786850e387550fdab836ed7e6dc881de23001b3f786850e387550fdab836ed"


class Agency:
    """What complaint would answer: the invitation stands as the agency has left it."""

    def __init__(self) -> None:
        self.invitation = pb.GetInvitationResponse(
            number="KLA-00000000C1A1",
            session=1,
            p3mi_name="PT Contoh Fiktif Penempatan Pekerja Migran Nusantara",
            meets_at=Timestamp(seconds=1709780400),
            place="online",
            asked="Mengapa gaji tiga bulan belum dibayar?\nKapan akan dibayar? (contoh)",
            answer_by=Timestamp(seconds=1709866800),
            state=pb.INVITATION_STATE_INVITED,
        )

    def show(self, *_: Any) -> pb.GetInvitationResponse:
        return self.invitation

    def answer(self, *_: Any) -> pb.AnswerInvitationResponse:
        self.invitation.state, self.invitation.digest = pb.INVITATION_STATE_ANSWERED, DIGEST
        return pb.AnswerInvitationResponse(digest=DIGEST)


@pytest.fixture
def deputy() -> Iterator[Deputy]:
    agency = Agency()
    key: dict[str, Any] = {"clarification_id": CLARIFICATION, "token": "a.played.token"}
    opened = pb.OpenClarificationResponse(**key)
    with Deputy().serving() as played:
        played.answers["OpenClarification"] = lambda *_: opened
        played.answers["GetInvitation"] = agency.show
        played.answers["AnswerInvitation"] = agency.answer
        yield played


@pytest.fixture
def door(deputy: Deputy) -> Iterator[httpx.Client]:
    with a_door(deputy.address) as client:
        yield client


def go_in(door: httpx.Client, browser: Browser, language: str) -> None:
    """Open the invitation by its link."""
    browser.open(str(door.base_url.join(f"/klarifikasi?lang={language}")))
    browser.type("#link", LINK)
    browser.click("main button[type=submit]", leads_on=True)


@pytest.mark.parametrize("language", ["id", "en"])
def test_an_agency_opens_its_invitation_and_answers(
    door: httpx.Client, deputy: Deputy, browser: Browser, album: Path, language: str
) -> None:
    browser.open(str(door.base_url.join(f"/klarifikasi?lang={language}")))
    browser.screenshot(album / f"agency-{language}-1-link.png")
    go_in(door, browser, language)
    browser.screenshot(album / f"agency-{language}-2-invitation.png")
    browser.type("#name", "Direktur Contoh")
    browser.type("#explanation", "Dana kami terlambat (contoh).")
    browser.click("summary")
    browser.type("#what_1", "Membayar gaji tiga bulan")
    browser.type("#amount_1", "9.000.000")
    browser.screenshot(album / f"agency-{language}-3-filled.png")
    browser.click("form[action*=jawaban] button[type=submit]", leads_on=True)
    browser.screenshot(album / f"agency-{language}-4-answered.png")
    assert DIGEST in browser.text("main")
    request = next(call.request for call in deputy.calls if call.method == "AnswerInvitation")
    assert (request.name, request.commitments[0].amount_rupiah) == ("Direktur Contoh", 9_000_000)


def test_a_refusal_takes_the_focus_and_what_was_typed_stays(
    door: httpx.Client, deputy: Deputy, browser: Browser, album: Path
) -> None:
    deputy.answers["AnswerInvitation"] = refusing(NotAllowed("no", reason="ANSWERED"))
    go_in(door, browser, "en")
    browser.type("#name", "Direktur Contoh")
    browser.type("#explanation", "Dana kami terlambat (contoh).")
    browser.click("form[action*=jawaban] button[type=submit]", leads_on=True)
    browser.screenshot(album / "agency-en-5-refused.png")
    assert "Dana kami terlambat (contoh).</textarea>" in browser.text("#explanation")
    assert any("Not done yet" in line for line in browser.spoken())


def test_a_used_link_is_told_in_the_words_of_the_rule(
    door: httpx.Client, deputy: Deputy, browser: Browser, album: Path
) -> None:
    deputy.answers["OpenClarification"] = refusing(NotAllowed("no", reason="LINK_USED"))
    go_in(door, browser, "id")
    browser.screenshot(album / "agency-id-6-used.png")
    assert any("hanya dapat dibuka satu kali" in line for line in browser.spoken())


def test_the_language_changes_and_the_agency_stays_in(door: httpx.Client, browser: Browser) -> None:
    go_in(door, browser, "id")
    browser.click("button.plain", leads_on=True)
    assert "Invitation to the first clarification" in browser.text("main")


def test_a_screen_reader_hears_the_invitation_in_order(
    door: httpx.Client, browser: Browser
) -> None:
    go_in(door, browser, "en")
    headings = [
        "heading: Invitation to the first clarification",
        "heading: What the officer asks",
        "heading: Statement",
        "heading: Hand in a file",
    ]
    fields = [
        "textbox: Name of who declares",
        "textbox: Explanation",
        "button: Send the statement",
    ]
    heard = browser.spoken()
    for wanted in (headings, fields):
        assert [line for line in heard if line in wanted] == wanted


def test_the_browser_finds_nothing_to_complain_about(door: httpx.Client, browser: Browser) -> None:
    go_in(door, browser, "id")
    assert browser.overflow() == 0
    assert browser.complaints() == []


def test_targets_are_large_enough_for_a_thumb(door: httpx.Client, browser: Browser) -> None:
    go_in(door, browser, "id")
    for _ in range(3):
        browser.click("details:not([open]) summary")
    names = re.findall(
        r'<(?:input|select|textarea)[^>]* id="(\w+)"', unescape(browser.text("main"))
    )
    heights = {}
    for selector in (*(f"#{name}" for name in names), "button", "summary"):
        model = browser.do("DOM.getBoxModel", nodeId=browser.node(selector))["model"]
        heights[selector] = model["height"]
    assert len(names) > 10
    assert all(height >= 44 for height in heights.values()), heights
