"""Forced-labour indicators (ILO, eleven of them) and the test of trafficking (UU 21/2007)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise

from services.complaint.triage.findings import Finding
from services.complaint.triage.reader import Read
from services.complaint.triage.reasons import Reason, of_rule

INDICATORS = (
    "abuse_of_vulnerability",
    "deception",
    "restriction_of_movement",
    "isolation",
    "physical_and_sexual_violence",
    "intimidation_and_threats",
    "retention_of_identity_documents",
    "withholding_of_wages",
    "debt_bondage",
    "abusive_working_and_living_conditions",
    "excessive_overtime",
)
ELEMENTS = ("act", "means", "purpose")
_CHILD = ("bawah", "umur")


@dataclass(frozen=True)
class Screening:
    """`verdict`: indicated (all elements), review (some that go together), or no."""

    indicators: tuple[str, ...]
    verdict: str
    elements: tuple[str, ...]
    reasons: tuple[Reason, ...]

    @property
    def tppo(self) -> str:
        """The verdict with what was found."""
        return f"{self.verdict}: {' '.join(self.elements)}" if self.elements else self.verdict


def screen(read: Read, categories: Collection[str]) -> Screening:
    """Look at the signals that are facts and belong to what is suggested."""
    facts = list(_facts(read, categories))
    shown = {name: fact for fact in reversed(facts) for name in fact.hit.signal.indicators}
    elements = {
        e: fact for fact in reversed(facts) for e in ELEMENTS if getattr(fact.hit.signal, e)
    }
    found = tuple(element for element in ELEMENTS if element in elements)
    reasons = [of_rule(name, read, shown[name]) for name in INDICATORS if name in shown]
    reasons += [of_rule(f"tppo {element}", read, elements[element]) for element in found]
    indicators = tuple(name for name in INDICATORS if name in shown)
    return Screening(indicators, _verdict(found, is_child=_is_child(read)), found, tuple(reasons))


def _facts(read: Read, categories: Collection[str]) -> Iterator[Finding]:
    """What is said to be so; of what makes no crisis only what goes with a suggestion."""
    if not set(categories) - {"information"}:
        return
    for finding in read.findings:
        signal = finding.hit.signal
        goes_with = signal.crisis or not signal.category or signal.category in categories
        if finding.is_fact and goes_with:
            yield finding


def _verdict(found: tuple[str, ...], *, is_child: bool) -> str:
    """A child needs no means (UU 21/2007)."""
    if found == ELEMENTS or (is_child and "act" in found and "purpose" in found):
        return "indicated"
    return "review" if "purpose" in found and len(found) > 1 else "no"


def _is_child(read: Read) -> bool:
    words = [word.word for word in read.reading.words]
    return any(pair == _CHILD for pair in pairwise(words))
