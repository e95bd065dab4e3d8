"""Whether a signal is a fact now: not denied, not asked about, not hearsay, not over."""

from collections.abc import Callable, Sequence

from services.complaint.triage.denial import Denials
from services.complaint.triage.ending import Endings
from services.complaint.triage.findings import Finding, Standing
from services.complaint.triage.question import Questions
from services.complaint.triage.scope_words import ScopeWords
from services.complaint.triage.signals import Hit
from services.complaint.triage.words import Reading


class Scopes:
    """Judges the signals of a text."""

    def __init__(self, usual: Callable[[str], str]) -> None:
        self._lists = ScopeWords(usual)

    @property
    def words(self) -> frozenset[str]:
        """Every word that has a say in a scope."""
        return self._lists.words

    def judged(self, hits: Sequence[Hit], reading: Reading) -> list[Finding]:
        """Each signal with its standing."""
        if not hits:
            return []
        text = _Text(self._lists, reading)
        findings: list[Finding] = []
        for hit in hits:
            findings.append(Finding(hit, text.standing(hit, findings)))
        return findings


class _Text:
    """One text, looked at in each way."""

    def __init__(self, lists: ScopeWords, reading: Reading) -> None:
        self._denials = Denials(lists, reading)
        self._questions = Questions(lists, reading)
        self._endings = Endings(lists, reading)

    def standing(self, hit: Hit, before: Sequence[Finding]) -> Standing:
        """Of one signal, where those before it are known; the first that holds."""
        looks = (
            (Standing.OTHER, self._endings.is_of_another(hit)),
            (Standing.DENIED, self._denials.is_denied(hit, before)),
            (Standing.ASKED, self._questions.is_asked(hit)),
            (Standing.HEARSAY, self._questions.is_hearsay(hit)),
            (Standing.OVER, self._endings.is_past(hit, before)),
        )
        return next((standing for standing, holds in looks if holds), Standing.ASSERTED)
