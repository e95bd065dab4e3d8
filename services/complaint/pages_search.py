"""Search in the pages: by the stems of words and their trigrams, so that a misspelt one is found.

There are few pages: an index in memory answers within a few milliseconds and needs no database.
"""

import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import snowballstemmer

from services.complaint.page_words import words_of
from services.complaint.pages import Page, library

# Where a word stands counts: in what people ask and in titles more than in the text.
_TITLE, _ASKED, _TEXT = 3.0, 2.0, 1.0
# From how much alike a word of a page counts for one that was asked for.
_ALIKE = 0.4
_WORDS_ASKED = 20
_LONGEST_WORD = 40
_STEMMERS = {"id": "indonesian", "en": "english"}


class Hit(NamedTuple):
    """A page, and how well it fits."""

    page: Page
    score: float


@dataclass(frozen=True)
class Index:
    """The words of all pages of one language: what each weighs in which page."""

    language: str
    pages: tuple[Page, ...]
    weights: Mapping[str, Mapping[int, float]]
    trigrams: Mapping[str, frozenset[str]]
    common: frozenset[str]

    @classmethod
    def of(cls, pages: Iterable[Page], language: str, on: date) -> "Index":
        """The index of pages as they are on a day."""
        kept, weights = tuple(pages), defaultdict[str, dict[int, float]](dict)
        for number, page in enumerate(kept):
            for word, weight in _weighed(page, on):
                weights[word][number] = max(weight, weights[word].get(number, 0.0))
        holders = defaultdict[str, set[str]](set)
        for word in weights:
            for trigram in trigrams_of(word):
                holders[trigram].add(word)
        found = {trigram: frozenset(words) for trigram, words in holders.items()}
        return cls(language, kept, weights, found, frozenset(words_of(language)["common"].split()))

    def search(self, query: str, most: int) -> list[Hit]:
        """The pages that fit best, the best first; none for a query without a word of ours."""
        asked = [word for word in words_in(query) if word not in self.common][:_WORDS_ASKED]
        scores = defaultdict[int, float](float)
        for word in asked:
            for number, score in self._scores(stem_of(word, self.language)).items():
                scores[number] += score
        best = sorted(scores.items(), key=lambda each: (-each[1], self.pages[each[0]].head.slug))
        return [Hit(self.pages[number], score) for number, score in best[:most]]

    def _scores(self, word: str) -> Mapping[int, float]:
        """By page, what its word that is most like this one counts."""
        found: dict[int, float] = {}
        for known, likeness in self._like(word):
            rare = math.log(1 + len(self.pages) / len(self.weights[known]))
            for number, weight in self.weights[known].items():
                found[number] = max(found.get(number, 0.0), likeness * rare * weight)
        return found

    def _like(self, word: str) -> Iterator[tuple[str, float]]:
        """The pages' words that are like one, each with how much: 1 for the same."""
        own = trigrams_of(word)
        shared = Counter(
            known for trigram in own for known in self.trigrams.get(trigram, frozenset())
        )
        for known, number in shared.items():
            likeness = 2 * number / (len(own) + len(trigrams_of(known)))
            if likeness >= _ALIKE:
                yield known, likeness**2


@lru_cache(maxsize=4)
def index_of(language: str, on: date) -> Index:
    """The index of a day."""
    return Index.of(library().current(language, on), language, on)


def words_in(text: str) -> list[str]:
    """The words of a text, without case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    found = re.findall(r"[^\W_]+", "".join(c for c in plain if not unicodedata.combining(c)))
    return [word[:_LONGEST_WORD] for word in found]


@lru_cache(maxsize=20_000)
def stem_of(word: str, language: str) -> str:
    """A word without what its language puts before and behind it. A stemmer is no thing for two
    threads: each word has its own."""
    stem: str = snowballstemmer.stemmer(_STEMMERS[language]).stemWord(word)
    return stem


@lru_cache(maxsize=20_000)
def trigrams_of(word: str) -> frozenset[str]:
    """A word's trigrams, with its beginning and its end."""
    padded = f"  {word} "
    return frozenset(padded[at : at + 3] for at in range(len(padded) - 2))


def _weighed(page: Page, on: date) -> Iterator[tuple[str, float]]:
    head = page.head
    parts = (
        (_TITLE, head.title),
        (_ASKED, " ".join((head.summary, head.question, *head.asked))),
        (_TEXT, " ".join((head.answer, page.shown(on)[0]))),
    )
    for weight, text in parts:
        yield from ((stem_of(word, head.language), weight) for word in words_in(text))
