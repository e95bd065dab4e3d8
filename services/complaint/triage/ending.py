"""Whether a signal is over, or of somebody else than a worker."""

from collections.abc import Sequence

from services.complaint.triage.around import FAR, NEAR, Around
from services.complaint.triage.findings import Finding, Standing
from services.complaint.triage.scope_words import ScopeWords
from services.complaint.triage.signals import Hit
from services.complaint.triage.words import Reading, Word

_NEAR_OTHER = 5


class Endings(Around):
    """What a text says to be over."""

    def __init__(self, scopes: ScopeWords, reading: Reading) -> None:
        super().__init__(scopes, reading)
        self._over = self._overs()

    def is_past(self, hit: Hit, before: Sequence[Finding]) -> bool:
        """Over by itself, with what was told just before, or a death far away in time or place."""
        return self._is_over(hit) or self._ends_too(hit, before) or self._is_death_at_home(hit)

    def is_of_another(self, hit: Hit) -> bool:
        """Whether it is said of a thing, or of somebody who is no worker: "majikan meninggal"."""
        after = self._scopes.of_signal("harmless_after", hit.signal.name)
        end = hit.last + 2
        if end - 1 < len(self._words) and self._words[end - 1].word == "dari":
            end += 1
        following = [word.word for word in self._words[hit.first + 1 : end]]
        if any(word in after for word in following) or self._is_joke(hit):
            return True
        others = self._scopes.of_signal("not_of_worker", hit.signal.name)
        for at in range(hit.first - 1, max(hit.first - _NEAR_OTHER, 0) - 1, -1):
            word = self._words[at].word
            if self._scopes.among("ours", word) or self._words[at + 1].opens_sentence:
                return False
            if word in others:
                if at + 1 < len(self._words) and self._words[at + 1].word in ("kami", "kita"):
                    return False
                return at == 0 or not self._scopes.among("beside", self._words[at - 1].word)
        return False

    def _is_joke(self, hit: Hit) -> bool:
        start, end = self._sentence(hit)
        return any(self._scopes.among("jokes", word.word) for word in self._words[start:end])

    def _overs(self) -> list[int]:
        """Where the text says that something is over."""
        places = [
            place
            for place, word in enumerate(self._words)
            if self._scopes.among("over", word.word) and self._is_reached(place)
        ]
        return sorted({*places, *self._starts("is_over")})

    def _is_reached(self, place: int) -> bool:
        """Whether "already" or "now" stands shortly before, and no negation."""
        reached = False
        for at in range(place - 1, max(place - NEAR, 0) - 1, -1):
            word = self._words[at]
            if self._not_yet(word.word) or self._words[at + 1].opens_sentence:
                return reached
            reached = reached or self._scopes.among("over_after", word.word)
        return reached

    def _not_yet(self, word: str) -> bool:
        return self._scopes.among("negations", word) or self._scopes.among("wishes", word)

    def _is_over(self, hit: Hit) -> bool:
        alone = self._scopes.of_signal("alone", hit.signal.name)
        ends = [place for place in self._over if self._words[place].word in alone]
        if any(place > hit.first - FAR for place in ends) or self._was_once(hit):
            return True
        if self._goes_on(hit) and not any(place > hit.last for place in self._over):
            return False
        return self._was(hit) and any(not self._still_after(place) for place in self._over)

    def _ends_too(self, hit: Hit, before: Sequence[Finding]) -> bool:
        """Whether the sentence has told of something that is over just before."""
        if not before or before[-1].standing is not Standing.OVER or self._goes_on(hit):
            return False
        start, _ = self._sentence(hit)
        return before[-1].hit.first >= start and not self._still_after(start)

    def _was_once(self, hit: Hit) -> bool:
        """Whether it is told as something of another year: "pernah dipenjara 2017"."""
        before = [word.word for word in self._words[max(hit.first - NEAR, 0) : hit.first]]
        if any(self._scopes.among("former", word) for word in before):
            return True
        once = any(self._scopes.among("once", word) for word in before)
        enough = self._scopes.among("once_is_over", hit.signal.name) or self._has("years")
        return once and enough and not self._has("still")

    def _was(self, hit: Hit) -> bool:
        """Whether a word of the past stands in the text up to a little after the signal."""
        words: Sequence[Word] = self._words[: hit.last + FAR]
        return any(self._scopes.among("past", word.word) for word in words)

    def _still_after(self, place: int) -> bool:
        return any(self._scopes.among("still", word.word) for word in self._words[place:])

    def _is_death_at_home(self, hit: Hit) -> bool:
        if hit.signal.name not in ("died", "life_at_risk"):
            return False
        if hit.signal.name == "died" and any(
            abs(place - hit.first) <= FAR for place in self._starts("long_ago")
        ):
            return True
        at_home = any(0 < hit.first - place <= NEAR for place in self._starts("kin_at_home"))
        return at_home and self._has("home")
