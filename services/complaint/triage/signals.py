"""Signals: what phrases of the lexicon say, and where they stand in a text."""

import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.complaint.triage.spelling import DATA
from services.complaint.triage.verbs import verb_forms
from services.complaint.triage.words import Word

_FILES = ("signals_danger.toml", "signals_other.toml", "signals_topics.toml")
_BETWEEN = {"~": 3, "~~": 6}
_NEGATIONS = frozenset({"tidak", "belum", "tanpa"})
_MOST_HITS = 10
_ENDINGS = ("", "nya", "i", "kan", "in", "an", "ku", "e")

Step = frozenset[str]


@dataclass(frozen=True)
class Signal:
    """What a group of phrases stands for.

    `act`, `means` and `purpose` are the elements of trafficking (UU 21/2007) that it shows.
    """

    name: str
    category: str
    indicators: tuple[str, ...]
    crisis: bool = False
    act: bool = False
    means: bool = False
    purpose: bool = False


@dataclass(frozen=True)
class Phrase:
    """Words in order; so many others may stand before the n-th as `loose[n]` says."""

    signal: Signal
    steps: tuple[Step, ...]
    loose: tuple[int, ...]


@dataclass(frozen=True)
class Hit:
    """A phrase in a text, at these words."""

    signal: Signal
    places: tuple[int, ...]

    @property
    def first(self) -> int:
        return self.places[0]

    @property
    def last(self) -> int:
        return self.places[-1]


@dataclass
class Lexicon:
    """All signals, found by the first word of their phrases."""

    words: frozenset[str]
    _by_word: Mapping[str, Sequence[Phrase]] = field(repr=False)

    def hits(self, words: Sequence[Word]) -> list[Hit]:
        """Every signal in a text, the longest of those that begin at one word, in order."""
        found: dict[tuple[str, int], Hit] = {}
        for place, word in enumerate(words):
            for phrase in self._by_word.get(word.word, ()):
                places = _places(phrase, words, place)
                key = phrase.signal.name, place
                if places and (key not in found or len(places) > len(found[key].places)):
                    found[key] = Hit(phrase.signal, places)
        return sorted(_bounded(found.values()), key=lambda hit: (hit.places, hit.signal.name))


def _bounded(hits: Iterable[Hit]) -> Iterator[Hit]:
    """Of each signal the first and the last few, so that a long text is bounded work."""
    by_signal: dict[str, list[Hit]] = defaultdict(list)
    for hit in hits:
        by_signal[hit.signal.name].append(hit)
    for own in by_signal.values():
        yield from own if len(own) <= 2 * _MOST_HITS else own[:_MOST_HITS] + own[-_MOST_HITS:]


def load(usual: Callable[[str], str]) -> Lexicon:
    """The lexicon, its words in their usual spelling."""
    tables = [tomllib.loads((DATA / name).read_text(encoding="utf-8")) for name in _FILES]
    classes = {name: words for table in tables for name, words in table.get("classes", {}).items()}
    phrases = [
        phrase
        for table in tables
        for row in table["signal"]
        for phrase in _phrases(row, _Wording(classes, usual))
    ]
    by_word: dict[str, list[Phrase]] = defaultdict(list)
    for phrase in phrases:
        for word in sorted(phrase.steps[0]):
            by_word[word].append(phrase)
    everything = frozenset(word for phrase in phrases for step in phrase.steps for word in step)
    return Lexicon(everything, dict(by_word))


@dataclass(frozen=True)
class _Wording:
    """Turns a word of a phrase into all words that it stands for."""

    classes: Mapping[str, Iterable[str]]
    usual: Callable[[str], str]

    def step(self, written: str) -> Step:
        return frozenset(
            self.usual(word) for part in written.split("|") for word in self._all(part)
        )

    def _all(self, part: str) -> Iterable[str]:
        if part.startswith("@"):
            return verb_forms(part[1:])
        if part.startswith("<"):
            return self.classes[part.strip("<>")]
        if part.endswith("*"):
            return [part[:-1] + ending for ending in (*_ENDINGS, "-" + part[:-1])]
        return [part] if part else []


def _phrases(row: Mapping[str, Any], wording: _Wording) -> Iterator[Phrase]:
    signal = Signal(
        name=row["name"],
        category=row["category"],
        indicators=tuple(row["indicators"]),
        crisis=row.get("crisis", False),
        act=row.get("act", False),
        means=row.get("means", False),
        purpose=row.get("purpose", False),
    )
    for written in row["phrases"]:
        yield _phrase(signal, written.split(), wording)


def _phrase(signal: Signal, written: Sequence[str], wording: _Wording) -> Phrase:
    steps, loose = [], []
    between = 0
    for part in written:
        if part in _BETWEEN:
            between = _BETWEEN[part]
            continue
        steps.append(wording.step(part))
        loose.append(between)
        between = 0
    return Phrase(signal, tuple(steps), tuple(loose))


def _places(phrase: Phrase, words: Sequence[Word], start: int) -> tuple[int, ...]:
    """Where each step of a phrase stands, or nothing; a phrase never goes over a sentence's end."""
    places = [start]
    for step, between in zip(phrase.steps[1:], phrase.loose[1:], strict=True):
        at = _next(step, words, places[-1], between)
        if at is None:
            return ()
        places.append(at)
    return tuple(places)


def _next(step: Step, words: Sequence[Word], after: int, between: int) -> int | None:
    """The next place of a step. What is negated does not go over a comma either."""
    is_negation = words[after].word in _NEGATIONS
    for at in range(after + 1, min(after + between + 2, len(words))):
        if words[at].opens_sentence or (is_negation and words[at].gap):
            return None
        if words[at].word in step:
            return at
    return None
