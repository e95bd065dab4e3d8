"""What every test in a real browser has."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import Browser, a_browser, chromium


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with a_browser(chromium() or "", tmp_path_factory.mktemp("profile")) as started:
        yield started


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures go: ESTAFET_SCREENSHOTS, if somebody wants to look at them."""
    kept = os.environ.get("ESTAFET_SCREENSHOTS")
    return Path(kept) if kept else tmp_path_factory.mktemp("album")
