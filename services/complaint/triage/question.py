"""Whether a signal is only asked about, feared, supposed, or told of others."""

from services.complaint.triage.around import FAR, Around
from services.complaint.triage.scope_words import ScopeWords
from services.complaint.triage.signals import Hit
from services.complaint.triage.words import Reading


class Questions(Around):
    """What a text asks about."""

    def __init__(self, scopes: ScopeWords, reading: Reading) -> None:
        super().__init__(scopes, reading)
        self._has_mark = reading.has_question
        self._asks = reading.has_question or self._has("asks")
        self._heard = self._starts("hearsay_phrases")

    def is_asked(self, hit: Hit) -> bool:
        """As a subject, as a fear, in general, or as what a question supposes."""
        return (
            self._is_subject(hit)
            or self._is_feared(hit)
            or self._is_general_question(hit)
            or (self._asks and self._is_condition(hit))
        )

    def is_hearsay(self, hit: Hit) -> bool:
        """Whether it is told of others, of the news or of a lesson."""
        if not (self._has("hearsay") or self._heard):
            return False
        before = self._words[hit.first - 1].word if hit.first else ""
        start, end = self._sentence(hit)
        near = max(start, hit.first - FAR)
        return self._scopes.among("about", before) or any(
            self._is_told(*span) for span in ((start, end), (near, hit.first))
        )

    def _is_told(self, start: int, end: int) -> bool:
        """Whether a word of hearsay stands between these places, and nobody of ours after it."""
        said = [word.word for word in self._words[start:end]]
        told = [
            at
            for at, word in enumerate(said)
            if self._scopes.among("hearsay", word) or start + at in self._heard
        ]
        after = said[told[-1] :] if told and end < len(self._words) else said
        return bool(told) and not any(self._scopes.among("ours", word) for word in after)

    def _is_condition(self, hit: Hit) -> bool:
        """Whether it is what a question supposes: "kalau dipukul lapor ke mana?"."""
        if self._goes_on(hit):
            return False
        at = hit.first - 1
        while at >= 0 and hit.first - at <= FAR and not self._words[at + 1].gap:
            word = self._words[at].word
            if self._scopes.among("conditions", word):
                return True
            if not (self._scopes.among("anyone", word) or self._is_place(at)):
                return False
            at -= 1
        return False

    def _is_general_question(self, hit: Hit) -> bool:
        """Whether its sentence asks, and tells of nobody in particular."""
        start, end = self._sentence(hit)
        opening = hit.first if self._has_mark else min(start + 2, hit.first)
        if self._scopes.among("nouns", self._words[hit.first].word):
            opening = end
        asked = any(self._scopes.among("questions", w.word) for w in self._words[start:opening])
        someone = any(
            self._scopes.among("ours", word.word) or self._scopes.among("someone", word.word)
            for word in self._words[start:end]
        )
        return asked and not someone and not self._goes_on(hit)

    def _is_place(self, at: int) -> bool:
        """Whether a word names where: "di Taiwan"."""
        before = self._words[max(at - 2, 0) : at]
        return any(word.word in ("di", "ke") for word in before)

    def _is_feared(self, hit: Hit) -> bool:
        """Whether it has not happened: "takut kena tangkap", "takut nanti dipukul"."""
        before = [word.word for word in self._words[max(hit.first - 4, 0) : hit.first]]
        fears = any(self._scopes.among("fears", word) for word in before)
        later = any(self._scopes.among("later", word) for word in before)
        start, end = self._sentence(hit)
        away = any(self._scopes.among("not_gone", word.word) for word in self._words[start:end])
        is_feared = later or (away and self._asks) or self._scopes.among("feared", hit.signal.name)
        return fears and is_feared

    def _is_subject(self, hit: Hit) -> bool:
        """Whether a word right before makes a subject of it: "santunan meninggal dunia"."""
        before = [word.word for word in self._words[max(hit.first - 2, 0) : hit.first]]
        return any(self._scopes.among("subjects", word) for word in before)
