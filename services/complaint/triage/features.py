"""What the classifier sees of a text: stems, pairs of stems, signals with their standing."""

from collections.abc import Iterator, Sequence
from math import sqrt

from services.complaint.triage.findings import Finding
from services.complaint.triage.stems import stem
from services.complaint.triage.words import Word

Spans = dict[str, tuple[int, ...]]
_QUESTION = "?"


def features(words: Sequence[Word], findings: Sequence[Finding], *, asks: bool) -> Spans:
    """Each feature of a text, with the words that it was first seen at."""
    seen: Spans = {}
    for name, places in _all(words, findings, asks=asks):
        seen.setdefault(name, places)
    return seen


def weight(seen: Spans) -> float:
    """What each feature counts: less in a long text."""
    return 1 / sqrt(max(len(seen), 1))


def _all(
    words: Sequence[Word], findings: Sequence[Finding], *, asks: bool
) -> Iterator[tuple[str, tuple[int, ...]]]:
    stems = ["0" if word.word.isdigit() else stem(word.word) for word in words]
    for place, own in enumerate(stems):
        yield own, (place,)
        if place and not words[place].opens_sentence:
            yield f"{stems[place - 1]} {own}", (place - 1, place)
    for finding in findings:
        yield f"!{finding.hit.signal.name}:{finding.standing}", finding.hit.places
    if asks:
        yield _QUESTION, ()
