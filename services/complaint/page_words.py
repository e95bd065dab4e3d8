"""The words of what is made for pages, and what a page was read in."""

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import Field

from services.process.entries import Entry

_FILE = Path(__file__).with_name("knowledge") / "words.toml"


class Source(Entry):
    """Where something was read, and when: what the law itself cites has no day of ours."""

    name: str = Field(min_length=1)
    url: str = Field(default="", pattern=r"^(https?://\S+)?$")
    read_on: date | None = None


@cache
def _words() -> dict[str, dict[str, Any]]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def words_of(language: str) -> dict[str, Any]:
    """The words of one language."""
    return _words()[language]
