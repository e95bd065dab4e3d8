"""What may be said where others read along: texts without content, and code words."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

LONGEST_CODE_WORD = 24
DEFAULT = "id"


class _Unreviewed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reviewed: Literal[False]
    agreed: Mapping[str, Mapping[str, str]]
    ask: Mapping[str, str]


class Innocuous(BaseModel):
    """The texts of innocuous.toml, by code and language."""

    model_config = ConfigDict(extra="forbid")

    telling: tuple[str, ...]
    agreed: Mapping[str, Mapping[str, str]]
    ask: Mapping[str, str]
    unreviewed: _Unreviewed

    def saying(self, code: str, language: str) -> tuple[str, bool]:
        """An agreed text in a language, or else in Indonesian; whether a speaker reviewed it."""
        return _in(self.agreed[code], self.unreviewed.agreed.get(code, {}), language)

    def asking(self, language: str) -> tuple[str, bool]:
        """The question whether somebody can still be reached, and whether it was reviewed."""
        return _in(self.ask, self.unreviewed.ask, language)

    def every_text(self) -> list[str]:
        """All texts, of every language."""
        groups = (*self.agreed.values(), self.ask, *self.unreviewed.agreed.values())
        return [text for group in (*groups, self.unreviewed.ask) for text in group.values()]

    def tells(self, text: str) -> str:
        """The word or sign by which a text would tell something, or nothing."""
        plain = unicodedata.normalize("NFKC", text).casefold()
        if found := re.search(r"\d|[/@#{}]|www|\n", plain):
            return found[0]
        words = re.findall(r"\w+", plain)
        return next((word for word in words if word.startswith(self.telling)), "")


def _in(
    reviewed: Mapping[str, str], unreviewed: Mapping[str, str], language: str
) -> tuple[str, bool]:
    if language in reviewed:
        return reviewed[language], True
    if language in unreviewed:
        return unreviewed[language], False
    return reviewed[DEFAULT], True


@cache
def innocuous() -> Innocuous:
    """What innocuous.toml says."""
    path = Path(__file__).with_name("innocuous.toml")
    return checked(Innocuous.model_validate(tomllib.loads(path.read_text())))


def checked(found: Innocuous) -> Innocuous:
    """The texts, if none of them tells anything; ValueError names the text and the word."""
    for text in found.every_text():
        if word := found.tells(text):
            raise ValueError(f"innocuous.toml: {text!r} has {word!r}: nothing there may tell")
    return found


def code_word(word: str) -> str:
    """A code word that tells nothing by itself; ValueError."""
    word = " ".join(word.split())
    if len(word) > LONGEST_CODE_WORD or not all(c.isalpha() or c in " '-" for c in word):
        raise ValueError(f"a code word has at most {LONGEST_CODE_WORD} letters and no digits")
    if innocuous().tells(word):
        raise ValueError("this code word would tell what it is about: choose an everyday word")
    return word


def has_code_word(text: str, word: str) -> bool:
    """Whether somebody has written a code word, as a word and in any case."""
    return _written(word).search(_plain(text)) is not None


def without_code_word(text: str, word: str) -> str:
    """What somebody has written besides the code word."""
    return _written(word).sub(" ", _plain(text)).strip(" ,.:;-") if word else text


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _written(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(_plain(word))}(?!\w)")
