"""Reads a text: its words, and the signals in them with their standing."""

from dataclasses import dataclass
from functools import cache

from services.complaint.triage import signals, words
from services.complaint.triage.features import Spans, features
from services.complaint.triage.findings import Finding
from services.complaint.triage.scope import Scopes
from services.complaint.triage.spelling import DATA, Speller, slang
from services.complaint.triage.words import Reading


@dataclass(frozen=True)
class Read:
    """A text that was read."""

    reading: Reading
    findings: tuple[Finding, ...]
    features: Spans


class Reader:
    """Lexicon, spelling and scopes together."""

    def __init__(self, vocabulary: frozenset[str]) -> None:
        usual = slang()
        self._lexicon = signals.load(lambda word: usual.get(word, word))
        self._scopes = Scopes(lambda word: usual.get(word, word))
        known = self._lexicon.words | self._scopes.words | vocabulary
        self._speller = Speller(known, usual)

    def read(self, text: str) -> Read:
        """The words, signals and features of a text."""
        reading = words.read(text, self._speller.spell, self._speller.knows)
        findings = self._scopes.judged(self._lexicon.hits(reading.words), reading)
        seen = features(reading.words, findings, asks=reading.has_question)
        return Read(reading, tuple(findings), seen)


@cache
def reader() -> Reader:
    """The reader of this release, with the words that the training texts have."""
    listed = (DATA / "vocabulary.csv").read_text(encoding="utf-8").split()
    return Reader(frozenset(listed[1:]))
