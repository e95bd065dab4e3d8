"""A text as words: each in its usual spelling, with the place where it was said."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from anyascii import anyascii

# A complaint of more than this is read at its beginning and its end, so that work stays bounded.
HEAD, TAIL = 6000, 2000
MOST_LETTERS = 40

_PIECE = re.compile(
    r"[^\W_]+(?:[-'\u2019\u0300-\u036f\u200b-\u200f\u2060\ufeff][^\W_]+)*|[?!.;,:#\n]"
)
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff\u0300-\u036f]")
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}")
_COMMA, _SENTENCE = 1, 2


class Piece(NamedTuple):
    """A word as it stands in the text."""

    said: str
    start: int
    end: int


@dataclass(frozen=True)
class Word:
    """`word` is the usual spelling of what was `said` at [start, end) of the text.

    `gap` is what stands before it: 0 nothing, 1 a comma, 2 the end of a sentence.
    """

    word: str
    said: str
    start: int
    end: int
    gap: int = 0

    @property
    def opens_sentence(self) -> bool:
        """Whether a sentence ended before it."""
        return self.gap == _SENTENCE


@dataclass(frozen=True)
class Reading:
    """The words of a text that were read; `is_whole` unless its middle was left out."""

    words: tuple[Word, ...]
    has_question: bool
    is_whole: bool


def read(text: str, spell: Callable[[str], str], is_verb: Callable[[str], bool]) -> Reading:
    """Read a text. `is_verb` knows the passives that people write apart ("di pukul")."""
    whole = len(text) <= HEAD + TAIL
    parts = [(0, text)] if whole else [(0, text[:HEAD]), (len(text) - TAIL, text[-TAIL:])]
    words = [word for start, part in parts for word in _words(part, start, spell)]
    return Reading(tuple(_joined(words, is_verb)), "?" in text, whole)


def plain(said: str) -> str:
    """A word in small ASCII letters, without what cannot be seen and without stretching."""
    visible = _INVISIBLE.sub("", said)
    folded = unicodedata.normalize("NFKC", visible)
    letters = folded if folded.isascii() else _INVISIBLE.sub("", anyascii(folded))
    return _STRETCHED.sub(r"\1", letters.lower().replace("\u2019", "'"))[:MOST_LETTERS]


def _words(text: str, offset: int, spell: Callable[[str], str]) -> Iterator[Word]:
    gap = _SENTENCE
    for piece in _pieces(text):
        if not piece.said[0].isalnum():
            gap = max(gap, _COMMA if piece.said in ",:" else _SENTENCE)
            continue
        usual = spell(plain(piece.said))
        for part in usual.split():
            yield Word(part, piece.said, piece.start + offset, piece.end + offset, gap)
            gap = 0


def _pieces(text: str) -> Iterator[Piece]:
    for found in _PIECE.finditer(text):
        yield Piece(found.group(), found.start(), found.end())


def _joined(words: list[Word], is_verb: Callable[[str], bool]) -> Iterator[Word]:
    """The words, with a "di" that was written apart put back to its verb."""
    waiting: Word | None = None
    for word in words:
        if waiting is not None and not word.gap and is_verb("di" + word.word):
            said = f"{waiting.said} {word.said}"
            yield replace(waiting, word="di" + word.word, said=said, end=word.end)
            waiting = None
            continue
        if waiting is not None:
            yield waiting
        waiting = word if word.word == "di" else None
        if waiting is None:
            yield word
    if waiting is not None:
        yield waiting
