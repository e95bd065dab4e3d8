"""The usual spelling of a word: slang, SMS short forms, other languages, slips of the finger."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

DATA = Path(__file__).with_name("data")
_LEET = str.maketrans("013457", "oieast")
_CLITICS = ("nya", "lah", "kah", "pun", "ku", "mu", "ne", "na", "e")
_SHORTEST_SLIP = 5
_SHORTEST_SKELETON = 4
_VOWELS = frozenset("aiueo")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_BESIDE = {
    letter: row[max(place - 1, 0) : place] + row[place + 1 : place + 2]
    for row in _ROWS
    for place, letter in enumerate(row)
}


def slang() -> dict[str, str]:
    """What is said, and the usual word for it."""
    with (DATA / "slang.csv").open(encoding="utf-8", newline="") as file:
        return {row["said"]: row["meant"] for row in csv.DictReader(file)}


def common_words() -> frozenset[str]:
    """Everyday words that are one letter away from a word of danger, so no slips of it."""
    return frozenset((DATA / "common.csv").read_text(encoding="utf-8").split()[1:])


class Speller:
    """Knows a vocabulary; gives each word in the spelling that the vocabulary has."""

    def __init__(self, vocabulary: Iterable[str], usual: Mapping[str, str]) -> None:
        self._usual = usual
        self._common = common_words()
        self._known = frozenset(vocabulary) | frozenset(usual.values())
        self._near: dict[tuple[str, int], list[str]] = defaultdict(list)
        self._skeletons: dict[str, str] = {}
        for word in sorted(self._known):
            if len(word) >= _SHORTEST_SLIP and word.isalpha():
                self._near[word[0], len(word)].append(word)
                self._skeletons.setdefault(_skeleton(word), word)
        self.spell = lru_cache(maxsize=4096)(self._spell)

    def knows(self, word: str) -> bool:
        """Whether a word is of the vocabulary."""
        return word in self._known

    def _spell(self, word: str) -> str:
        if word.isdigit() or len(word) < 2:
            return self._usual.get(word, word)
        bare = word.removesuffix("nya")
        if bare != word and len(bare) > 2 and (bare in self._known or bare in self._usual):
            return self._usual.get(bare, bare)
        for form in _forms(word):
            if form in self._usual:
                return self._usual[form]
            if form in self._known or form in self._common:
                return form
        slips = (self._slip(form) for form in (_forms(word)[-1], word))
        return self._without_clitic(word) or next(filter(None, slips), word)

    def _without_clitic(self, word: str) -> str:
        for clitic in _CLITICS:
            base = word.removesuffix(clitic)
            if base != word and len(base) > 2 and (base in self._usual or base in self._known):
                return self._usual.get(base, base)
        return ""

    def _slip(self, word: str) -> str:
        """The one word of the vocabulary that a slip of the finger makes this of."""
        if not word.isalpha() or len(word) < _SHORTEST_SKELETON:
            return ""
        return self._short_form(word) or (self._nearest(word) if len(word) >= 5 else "")

    def _short_form(self, word: str) -> str:
        """The word whose vowels were left out."""
        full = self._skeletons.get(_skeleton(word), "")
        vowels = sum(letter in _VOWELS for letter in word)
        is_short = vowels <= len(full) - len(word) and vowels * 3 < len(word)
        return full if full and is_short and len(_skeleton(word)) >= _SHORTEST_SKELETON else ""

    def _nearest(self, word: str) -> str:
        for length in (len(word), len(word) + 1, len(word) - 1):
            for candidate in self._near.get((word[0], length), ()):
                if is_one_slip(word, candidate):
                    return candidate
        return ""


def _forms(word: str) -> tuple[str, ...]:
    """Spellings to try, the last with letters for digits and each letter once."""
    forms = [word]
    if word[-1] == "2" and word[:-1].isalpha():
        forms.append(word[:-1])
    elif not word.isalpha() and any(letter.isdigit() for letter in word):
        letters = word.translate(_LEET)
        forms += [letters] if sum(map(str.isalpha, word)) > 2 else []
    if "-" in word or "'" in word:
        forms += [word.replace("-", "").replace("'", ""), word.split("-", maxsplit=1)[0]]
    once = "".join(a for a, b in zip(forms[-1], forms[-1][1:] + " ", strict=True) if a != b)
    return (*forms, once) if len(once) > 2 and once != forms[-1] else tuple(forms)


def _skeleton(word: str) -> str:
    return "".join(letter for letter in word if letter not in _VOWELS)


def is_one_slip(said: str, meant: str) -> bool:
    """Whether a finger that slipped once makes `said` of `meant`: a letter left out inside, one
    said twice or beside its neighbour on the keyboard, or two letters swapped."""
    same = next((i for i, (a, b) in enumerate(zip(said, meant, strict=False)) if a != b), -1)
    if same < 0:
        return len(said) == len(meant) + 1 and said[-1] == said[-2]
    rest, due = said[same:], meant[same:]
    if len(said) == len(meant):
        swapped = rest[:2] == due[1::-1] and rest[2:] == due[2:]
        return swapped or (rest[1:] == due[1:] and due[0] in _BESIDE.get(rest[0], ""))
    if len(said) < len(meant):
        return rest == due[1:]
    return rest[1:] == due and rest[0] in said[same - 1] + _BESIDE.get(due[0], "")
