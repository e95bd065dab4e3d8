"""What is suggested for a text. `suggest` is all that others need."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from services.complaint.triage import model
from services.complaint.triage.model import CRISIS, PHASES, Model, Scored
from services.complaint.triage.reader import Read, reader
from services.complaint.triage.reasons import Reason, of_rule, of_weights
from services.complaint.triage.screening import Screening, screen
from services.complaint.triage.spelling import DATA

_TABLE = DATA.parents[1] / "data" / "categories.csv"
_LIKELY = 0.5
_QUESTION = "information"
_GRAVEST, _LIGHTEST, _UNKNOWN = 4, 1, 2


@dataclass(frozen=True)
class Suggestion:
    """For an officer to decide on. `sure` has the probability of each category suggested.

    Without a category it has abstained; a crisis is told all the same.
    """

    categories: tuple[str, ...]
    sure: Mapping[str, float]
    severity: int
    is_crisis: bool
    crisis_sure: float
    screening: Screening
    phase: str
    reasons: tuple[Reason, ...]
    is_whole: bool

    @property
    def has_abstained(self) -> bool:
        """Whether nothing was sure enough."""
        return not self.categories


def suggest(text: str) -> Suggestion:
    """Read a text and suggest. The work is bounded, however long the text is."""
    weights = model.load()
    read = reader().read(text)
    scored = weights.score(read.features)
    is_crisis = _is_crisis(read, scored, weights) if read.reading.words else False
    categories = _categories(read, scored, weights, is_crisis=is_crisis)
    screening = screen(read, categories)
    return Suggestion(
        categories=categories,
        sure={code: scored.probability[code] for code in categories},
        severity=_severity(read, categories, is_crisis=is_crisis),
        is_crisis=is_crisis,
        crisis_sure=scored.probability[CRISIS],
        screening=screening,
        phase=_phase(scored) if categories else "",
        reasons=(*_reasons(read, scored, categories, is_crisis=is_crisis), *screening.reasons),
        is_whole=read.reading.is_whole,
    )


def _is_crisis(read: Read, scored: Scored, weights: Model) -> bool:
    """A danger that is a fact is one. The classifier speaks where no danger was named at all."""
    dangers = [finding for finding in read.findings if finding.hit.signal.crisis]
    if dangers:
        return any(finding.is_fact for finding in dangers)
    return scored.probability[CRISIS] >= weights.thresholds.crisis


def _categories(read: Read, scored: Scored, weights: Model, *, is_crisis: bool) -> tuple[str, ...]:
    """The surest category where it is sure enough to answer, and all that are likelier than not."""
    if not read.reading.words:
        return ()
    sure = scored.probability
    ordered = sorted(table(), key=lambda code: -sure[code])
    chosen = [code for code in ordered if sure[code] >= _LIKELY]
    if sure[ordered[0]] < weights.thresholds.answer:
        chosen = []
    elif not chosen:
        chosen = ordered[:1]
    if not chosen and is_crisis:
        chosen = [f.hit.signal.category for f in read.findings if f.is_fact and f.hit.signal.crisis]
    return tuple(dict.fromkeys(chosen))


def _severity(read: Read, categories: tuple[str, ...], *, is_crisis: bool) -> int:
    """The gravest of the categories, a question's the least; the gravest of all is a crisis's."""
    if is_crisis:
        return _GRAVEST
    if not categories:
        return _UNKNOWN if read.reading.words else _LIGHTEST
    if categories[0] == _QUESTION:
        return _LIGHTEST
    gravest = max(table()[code] for code in categories)
    return min(max(gravest, _LIGHTEST), _GRAVEST - 1)


def _phase(scored: Scored) -> str:
    return max(PHASES, key=lambda phase: scored.probability[phase])


def _reasons(
    read: Read, scored: Scored, categories: tuple[str, ...], *, is_crisis: bool
) -> Iterator[Reason]:
    for code in categories:
        yield from of_weights(code, read, scored.strongest(code))
    dangers = [finding for finding in read.findings if finding.hit.signal.crisis]
    if is_crisis and not any(finding.is_fact for finding in dangers):
        yield from of_weights(CRISIS, read, scored.strongest(CRISIS))
    for finding in dangers:
        yield of_rule(CRISIS if is_crisis else "no crisis", read, finding)


@cache
def table() -> dict[str, int]:
    """Each category's suggested severity."""
    with _TABLE.open(encoding="utf-8", newline="") as file:
        return {row["code"]: int(row["suggested_severity"]) for row in csv.DictReader(file)}
