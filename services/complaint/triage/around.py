"""A text, looked at around its signals: what each kind of scope has in common."""

from services.complaint.triage.scope_words import Phrase, ScopeWords
from services.complaint.triage.signals import Hit
from services.complaint.triage.words import Reading

FAR = 8
NEAR = 4


class Around:
    """One text with the lists of scope.toml."""

    def __init__(self, scopes: ScopeWords, reading: Reading) -> None:
        self._scopes = scopes
        self._words = reading.words

    def _has(self, name: str) -> bool:
        return any(self._scopes.among(name, word.word) for word in self._words)

    def _starts(self, name: str) -> list[int]:
        """Where phrases of a list begin."""
        phrases = self._scopes.phrases(name)
        firsts = {phrase[0] for phrase in phrases}
        return [
            place
            for place, word in enumerate(self._words)
            if word.word in firsts and any(self._stands(phrase, place) for phrase in phrases)
        ]

    def _stands(self, phrase: Phrase, place: int) -> bool:
        said = self._words[place : place + len(phrase)]
        inside = all(not word.opens_sentence for word in said[1:])
        return inside and tuple(word.word for word in said) == phrase

    def _sentence(self, hit: Hit) -> tuple[int, int]:
        start, end = hit.first, hit.last + 1
        while start > 0 and not self._words[start].opens_sentence:
            start -= 1
        while end < len(self._words) and not self._words[end].opens_sentence:
            end += 1
        return start, end

    def _goes_on(self, hit: Hit) -> bool:
        """Whether a word right after it says that it happens again and again."""
        after = self._words[hit.last + 1 : hit.last + 3]
        return any(self._scopes.among("again", word.word) for word in after)
