"""How people really write: slang, SMS short forms, Javanese among Indonesian, slips of the finger.

Works on whole words and never inside «…», which marks what must stay readable: names and places.
"""

import re
from collections.abc import Mapping, Sequence
from random import Random

WORD = re.compile(r"«[^»]*»|\w+")
PUNCTUATION = re.compile(r"[.,:]+(?=\s|$)")
TYPO_SHARE = 0.06
SHORTEST_WITH_TYPO = 5

Lexicon = Mapping[str, Sequence[str]]


def reworded(text: str, lexicon: Lexicon, rng: Random) -> str:
    """The text with every word that the lexicon knows put another way."""

    def other(match: re.Match[str]) -> str:
        word = match[0]
        choices = lexicon.get(word.lower())
        return rng.choice(choices) if choices else word

    return WORD.sub(other, text)


def as_sms(text: str, lexicon: Lexicon, rng: Random) -> str:
    """Short forms, no capitals, hardly a full stop."""
    short = PUNCTUATION.sub("", reworded(text, lexicon, rng))
    return WORD.sub(lambda match: match[0] if match[0][0] == "«" else match[0].lower(), short)


def with_typos(text: str, rng: Random, share: float = TYPO_SHARE) -> str:
    """The text with a slip in some of its longer words."""

    def slip(match: re.Match[str]) -> str:
        word = match[0]
        long_enough = word[0] != "«" and len(word) >= SHORTEST_WITH_TYPO and word.isalpha()
        return _slipped(word, rng) if long_enough and rng.random() < share else word

    return WORD.sub(slip, text)


def _slipped(word: str, rng: Random) -> str:
    """Two letters swapped, one lost or one doubled; the first letter stays."""
    at = rng.randrange(1, len(word) - 1)
    return rng.choice(
        (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
        )
    )
