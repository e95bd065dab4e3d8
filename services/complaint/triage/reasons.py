"""Why something is suggested: the words of the text, where they stand, and what they spoke for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.complaint.triage.findings import Finding
from services.complaint.triage.reader import Read


@dataclass(frozen=True)
class Reason:
    """`quote` stands at [start, end) of the text; `by` is a rule's name or "weight"."""

    suggests: str
    by: str
    quote: str
    start: int
    end: int

    def __str__(self) -> str:
        return f'{self.suggests}: {self.by} "{self.quote}" [{self.start}-{self.end}]'


def of_rule(suggests: str, read: Read, finding: Finding) -> Reason:
    """A signal of the lexicon; its standing is told where it is no fact."""
    name = finding.hit.signal.name
    by = f"rule {name}" if finding.is_fact else f"rule {name} ({finding.standing})"
    return _at(suggests, by, read, finding.hit.places)


def of_weights(suggests: str, read: Read, features: Iterable[str]) -> list[Reason]:
    """What the classifier saw; a signal is quoted like any other words."""
    return [
        _at(suggests, "weight", read, places)
        for name in features
        if (places := read.features[name])
    ]


def _at(suggests: str, by: str, read: Read, places: Sequence[int]) -> Reason:
    first, *_ = words = [read.reading.words[place] for place in places]
    quote = " ".join(word.said for word in words)
    return Reason(suggests, by, quote, first.start, words[-1].end)
