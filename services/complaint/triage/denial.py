"""Whether a signal is denied: "tidak pernah dipukul, disiksa atau disekap"."""

from collections.abc import Sequence

from services.complaint.triage.around import FAR, Around
from services.complaint.triage.findings import Finding, Standing
from services.complaint.triage.scope_words import ScopeWords
from services.complaint.triage.signals import Hit
from services.complaint.triage.words import Reading


class Denials(Around):
    """What a text denies."""

    def __init__(self, scopes: ScopeWords, reading: Reading) -> None:
        super().__init__(scopes, reading)
        self._denials = self._starts("denials")
        self._rumours = self._starts("denied_before")

    def is_denied(self, hit: Hit, before: Sequence[Finding]) -> bool:
        """By a word before or after it, by a list that goes on, or by the whole text."""
        own = set(hit.places)
        by_word = any(self._negated_before(place, own) for place in hit.places)
        return (
            by_word
            or self._carried(hit, before)
            or self._denied_after(hit.last + 1)
            or any(place > hit.last for place in self._denials)
            or self._is_rumour(hit)
        )

    def _is_rumour(self, hit: Hit) -> bool:
        """Whether its sentence calls it untrue before: "tidak benar istri saya ditangkap"."""
        start, _ = self._sentence(hit)
        said = self._words[start : hit.first]
        turns = any(self._scopes.among("but", word.word) for word in said)
        return not turns and any(start <= at < hit.first for at in self._rumours)

    def _negated_before(self, place: int, own: set[int]) -> bool:
        """Whether a negation stands before a word, and nothing else that could have it."""
        at = place - 1
        while at >= 0 and place - at <= FAR and not self._words[at + 1].gap and at not in own:
            word = self._words[at].word
            if self._scopes.among("negations", word):
                return True
            if not self._scopes.among("through", word):
                return False
            at -= 1
        return False

    def _carried(self, hit: Hit, before: Sequence[Finding]) -> bool:
        """Whether it goes on with a list of what is denied."""
        near = [f for f in before if f.hit.last < hit.first and f.hit.signal.crisis]
        if not near or near[-1].standing is not Standing.DENIED:
            return False
        between = self._words[near[-1].hit.last + 1 : hit.first]
        opens = any(word.opens_sentence for word in (*between, self._words[hit.first]))
        return not opens and all(self._carries(word.word) for word in between)

    def _carries(self, word: str) -> bool:
        return any(self._scopes.among(name, word) for name in ("carry", "through", "negations"))

    def _denied_after(self, place: int) -> bool:
        if self._starts_sentence(place):
            return False
        for name, needs_end in (("after_sure", False), ("after", True)):
            for phrase in self._scopes.phrases(name):
                ends = not needs_end or self._ends(place + len(phrase))
                if ends and self._stands(phrase, place):
                    return True
        return False

    def _starts_sentence(self, place: int) -> bool:
        return place < len(self._words) and self._words[place].opens_sentence

    def _ends(self, place: int) -> bool:
        """Whether a clause ends before this place."""
        if place >= len(self._words):
            return True
        word = self._words[place]
        return word.gap > 0 or self._scopes.among("but", word.word)
