"""The lists of scope.toml: what denies, asks, supposes, ends."""

import tomllib
from collections.abc import Callable, Sequence

from services.complaint.triage.spelling import DATA

Phrase = tuple[str, ...]


class ScopeWords:
    """The words of scope.toml in their usual spelling."""

    def __init__(self, usual: Callable[[str], str]) -> None:
        table = tomllib.loads((DATA / "scope.toml").read_text(encoding="utf-8"))
        self._sets = {
            name: frozenset(usual(word) for word in words)
            for name, words in table.items()
            if isinstance(words, list)
        }
        self._phrases = {
            name: tuple(tuple(map(usual, phrase.split())) for phrase in table[name])
            for name in (
                "after",
                "after_sure",
                "denials",
                "denied_before",
                "kin_at_home",
                "long_ago",
                "is_over",
                "hearsay_phrases",
            )
        }
        self._of_signal = {
            (kind, name): frozenset(map(usual, words))
            for kind in ("alone", "not_of_worker", "harmless_after")
            for name, words in table[kind].items()
        }
        lists = (*self._sets.values(), *self._of_signal.values())
        phrases = (phrase for table in self._phrases.values() for phrase in table)
        self.words = frozenset().union(*lists, *phrases)

    def among(self, name: str, word: str) -> bool:
        """Whether a word is in one of the lists."""
        return word in self._sets[name]

    def phrases(self, name: str) -> Sequence[Phrase]:
        """One of the lists of several words."""
        return self._phrases[name]

    def of_signal(self, kind: str, signal: str) -> frozenset[str]:
        """The words of a list that are for one signal."""
        return self._of_signal.get((kind, signal), frozenset())
