"""The guidance in a real browser, by mouse, keyboard and screen reader, without any script."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.browser.chromium import Browser, chromium
from tests.complaint.test_knowledge import RPCS, knowing
from tests.gateway.deputies import Deputy
from tests.gateway.doors import a_door
from tests.gateway.test_guidance_page import rpc_of
from tests.support.waiting import until

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
TITLES = {
    "/?lang=id": "Ceritakan masalah Anda",
    "/panduan?lang=id": "Panduan",
    "/panduan?lang=id&query=gaji": "Panduan",
    "/panduan/perwakilan?lang=id": "Perwakilan Indonesia di luar negeri",
    "/panduan/bpjs?lang=en&version=1": "BPJS Ketenagakerjaan for migrant workers",
}


@pytest.fixture(scope="module")
def door() -> Iterator[httpx.Client]:
    api = knowing()
    with Deputy().serving() as deputy:
        deputy.answers.update({name: rpc_of(api, name) for name in RPCS})
        with a_door(deputy.address) as client:
            # A busy machine may have the form shown without its questions at first.
            until(lambda: 'class="questions"' in client.get("/?lang=id").text)
            yield client


def url(door: httpx.Client, path: str) -> str:
    return str(door.base_url.join(path))


def test_a_common_question_opens_above_the_form_and_leads_to_its_page(
    door: httpx.Client, browser: Browser, album: Path
) -> None:
    browser.open(url(door, "/?lang=id"))
    browser.screenshot(album / "guidance-1-questions.png")
    browser.click(".questions details:nth-of-type(3) summary")
    browser.screenshot(album / "guidance-2-answer.png")
    assert "Boleh. Yang wajib hanya cerita" in browser.text(".questions")
    browser.click(".questions details:nth-of-type(3) a", leads_on=True)
    assert browser.text("h1") == "<h1>Cara mengadu</h1>"


def test_a_misspelt_search_leads_to_the_page(
    door: httpx.Client, browser: Browser, album: Path
) -> None:
    browser.open(url(door, "/panduan?lang=id"))
    browser.type("#query", "perdaganan orang")
    browser.click("button[type=submit]", leads_on=True)
    browser.screenshot(album / "guidance-3-found.png")
    browser.click(".pages li:first-child a", leads_on=True)
    browser.screenshot(album / "guidance-4-page.png")
    assert browser.text("h1") == "<h1>Tanda perdagangan orang</h1>"


@pytest.mark.parametrize("path", TITLES)
def test_a_screen_reader_hears_the_title_and_the_way_to_the_guidance(
    door: httpx.Client, browser: Browser, path: str
) -> None:
    browser.open(url(door, path))
    heard = browser.spoken()
    assert f"heading: {TITLES[path]}" in heard
    assert {"link: Panduan", "link: Guidance"} & set(heard)


@pytest.mark.parametrize("path", TITLES)
@pytest.mark.parametrize("pixels", [320, 390])
def test_nothing_runs_out_of_a_small_screen(
    door: httpx.Client, browser: Browser, path: str, pixels: int
) -> None:
    browser.width(pixels)
    browser.open(url(door, path))
    assert browser.overflow() == 0


@pytest.mark.parametrize("path", TITLES)
def test_the_browser_has_nothing_to_complain_of(
    door: httpx.Client, browser: Browser, path: str
) -> None:
    browser.open(url(door, path))
    assert browser.complaints() == []
