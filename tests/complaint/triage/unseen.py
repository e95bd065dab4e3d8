"""Texts that the training has not seen: templates of `unseen/`, each rendered twice.

The first rendering is what was written, the second what a hurried person makes of it, by noise that
is none of the training's. `dev` and `first` were scored once and then learned from; `final` was
scored when all was done.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

FOLDER = Path(__file__).with_name("unseen")
SEED = 7
TOPICS = ("dev", "first", "final")
DANGERS = ("final",)
_CHOICE = re.compile(r"\{([^{}|]*)\|([^{}]*)\}")
_WORD = re.compile(r"[A-Za-z]{6,}")
_SHORT = {
    "yang": "yg", "tidak": "gak", "saya": "sy", "dengan": "dgn", "sudah": "udh",
    "majikan": "mjikan", "belum": "blm", "karena": "krn", "bagaimana": "gmn", "untuk": "utk",
    "sekarang": "skrg", "kalau": "klo", "bulan": "bln", "orang": "org", "tolong": "tlong",
}  # fmt: skip
_MARKS = ("", "", " 🙏", " 😭😭", "!!", "...")
SLIPS = 0.08


@dataclass(frozen=True)
class Topic:
    """A text with its categories."""

    text: str
    categories: frozenset[str]


@dataclass(frozen=True)
class Danger:
    """A text that is a crisis, or is none."""

    text: str
    is_crisis: bool


def topics(which: str) -> list[Topic]:
    """Texts of all categories."""
    table = _table(f"{which}_topics")
    return [
        Topic(text, frozenset(codes.split("+")))
        for codes, templates in table.items()
        for text in renderings(templates)
    ]


def dangers(which: str) -> list[Danger]:
    """Texts for crisis, both sides."""
    files = sorted(FOLDER.glob(f"{which}_c*.toml"))
    sides = [side for path in files for side in _table(path.stem).items()]
    return [
        Danger(text, side == "crisis")
        for side, templates in sides
        for text in renderings(templates)
    ]


def renderings(templates: list[str]) -> Iterator[str]:
    """Each template as it was written, and in a hurry."""
    random = Random(SEED)  # noqa: S311 - repeatable, no secret
    for template in templates:
        yield _CHOICE.sub(r"\1", template)
        yield hurried(random, _CHOICE.sub(r"\2", template))


def hurried(random: Random, text: str) -> str:
    """Short forms, slips, capitals, marks."""
    words = [_short(random, word) for word in text.split(" ")]
    written = _WORD.sub(lambda found: _slip(random, found[0]), " ".join(words))
    case = random.choice((str.lower, str.lower, str, str.upper))
    return case(written) + random.choice(_MARKS)


def _short(random: Random, word: str) -> str:
    return _SHORT.get(word.lower(), word) if random.random() < 0.5 else word


def _slip(random: Random, word: str) -> str:
    """Now and then two letters swapped, one left out, one twice, or "di" written apart."""
    if random.random() >= SLIPS:
        return word
    at = random.randrange(2, len(word) - 2)
    if word.lower().startswith("di") and random.random() < 0.5:
        return f"{word[:2]} {word[2:]}"
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return random.choice((swapped, word[:at] + word[at + 1 :], word[:at] + word[at] + word[at:]))


def _table(name: str) -> dict[str, list[str]]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
