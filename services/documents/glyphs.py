"""What the fonts can show; the rest is written in Latin letters, and marked.

No glyph is ever left out: PDF/A, which the pages are made as, refuses a text without one.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path

# Most texts need the first font alone: the others are opened where it lacks something.
FONT_PACKAGES = ("manimgx_fonts", "manimgx_fonts_cjk")
FAMILIES = (
    "Noto Sans", "Noto Sans Arabic", "Noto Sans Armenian", "Noto Sans Bengali",
    "Noto Sans Devanagari", "Noto Sans Ethiopic", "Noto Sans Georgian", "Noto Sans Gujarati",
    "Noto Sans Gurmukhi", "Noto Sans Hebrew", "Noto Sans Kannada", "Noto Sans Khmer",
    "Noto Sans Lao", "Noto Sans Malayalam", "Noto Sans Myanmar", "Noto Sans Oriya",
    "Noto Sans Sinhala", "Noto Sans Tamil", "Noto Sans Telugu", "Noto Sans Thai",
    "Noto Sans Symbols", "Noto Emoji", "Noto Sans CJK SC",
)  # fmt: skip
OPEN, CLOSE = "\u2039", "\u203a"
# A word that no line holds is broken after so many characters.
WIDEST_WORD = 40
BREAK = "\u200b"


def folders() -> list[str]:
    """Where the fonts lie."""
    return [str(_folder(package)) for package in FONT_PACKAGES]


@cache
def _folder(package: str) -> Path:
    found = find_spec(package)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"the fonts of {package} are not installed")
    return Path(found.origin).parent


@cache
def _files() -> tuple[Path, ...]:
    paths = sorted(path for each in FONT_PACKAGES for path in _folder(each).glob("*.tt[fc]"))
    return tuple(sorted(paths, key=lambda path: path.name != "NotoSans[wght].ttf"))


@cache
def _characters(font: Path) -> frozenset[int]:
    import uharfbuzz

    return frozenset(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(font))).unicodes)


def can_show(character: str) -> bool:
    """Whether a font has it, or nothing is to be seen of it."""
    if character == "\n" or unicodedata.category(character) == "Cf":
        return True
    return any(ord(character) in _characters(font) for font in _files())


def printable(text: str) -> tuple[str, bool]:
    """The text as it can be printed, and whether something of it is in other letters."""
    if text.isascii():
        return _with_breaks(text), False
    pieces = [
        "".join(run) if shown else f"{OPEN}{_in_latin(run)}{CLOSE}"
        for shown, run in groupby(text, can_show)
    ]
    printed = "".join(pieces)
    return _with_breaks(printed), not all(map(can_show, text))


def _in_latin(characters: Iterator[str]) -> str:
    from anyascii import anyascii

    return "".join(anyascii(each) or _number(each) for each in characters).strip() or "?"


def _number(character: str) -> str:
    """How a letter of no known script is told; a mark at a letter is passed over."""
    is_mark = unicodedata.category(character).startswith("M")
    return "" if is_mark else f"U+{ord(character):04X}"


def _with_breaks(text: str) -> str:
    """A break that is not seen, in every word that is too wide for a line."""
    return re.sub(rf"\S{{{WIDEST_WORD}}}(?=\S)", lambda found: found[0] + BREAK, text)
