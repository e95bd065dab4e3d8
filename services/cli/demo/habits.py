"""How the demo's officers behave, read from data/officers.toml: assumptions [P], in no source."""

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from services.cli.demo.data_files import seeded, toml


class Habits:
    """Draws what officers decide and how many working days they take for it."""

    def __init__(self) -> None:
        table = toml("officers.toml")
        self._delays: dict[str, list[int]] = table["delays"]
        self._commitment: dict[str, int] = table["commitment"]
        self.protection: dict[str, Any] = table["protection"]
        self.complaint: dict[str, Any] = table["complaint"]
        self.clarification: dict[str, Any] = table["clarification"]
        self.further: dict[str, Any] = table["further"]
        self.placements: dict[str, Any] = table["placements"]

    def delay(self, step: str, rng: Random, *, gravest: bool = False) -> int:
        """Working days until a step; the gravest matters have a shorter range where one is set."""
        lowest, highest = self._range(step, gravest=gravest)
        return rng.randint(lowest, highest)

    def _range(self, step: str, *, gravest: bool) -> list[int]:
        grave = f"{step}_gravest"
        return self._delays[grave if gravest and grave in self._delays else step]

    @property
    def slowest_reply(self) -> int:
        """Working days within which protection has answered an offer it answers at all."""
        asked = sum(self._delays[s][1] for s in ("ask", "clarify", "accept_after_clarifying"))
        return max(self._delays["reply"][1], asked)

    @property
    def days_to_clarify(self) -> int:
        return self._delays["clarify"][1] + 1

    @property
    def days_to_keep_a_commitment(self) -> int:
        return self._commitment["due_in_working_days"]

    def amount(self, rng: Random) -> int:
        money = self._commitment
        return rng.randrange(money["lowest"], money["highest"] + 1, money["step"])

    def is_mediated(self, category: str) -> bool:
        return category not in self.protection["not_mediated"]

    def ministry_for(self, category: str) -> tuple[str, str]:
        """Whom a case of a category is referred to, and what for."""
        ministry = self.further["ministries"].get(category, "kemlu")
        return ministry, self.further["requests"][ministry]

    def replies(self, seed: int) -> Iterator[str]:
        """Protection's replies to first offers."""
        return _dealt(self.protection["deck"], seeded(seed, "replies"))

    def given_on(self, seed: int, deck: str) -> Iterator[str]:
        """What cases give on besides."""
        return _dealt(self.further[deck], seeded(seed, "given on", deck))

    def by_itself(self, seed: int, deck: str) -> Iterator[str]:
        """What complaint does by itself."""
        return _dealt(self.complaint[deck], seeded(seed, "by itself", deck))

    def heard(self, seed: int) -> Iterator[str]:
        """About which of the complaints that are fit for it an agency is heard."""
        return _dealt(self.clarification["deck"], seeded(seed, "heard"))

    def ways(self, seed: int) -> Iterator[str]:
        """How it goes when an agency is heard: one of each first, then the rest of the deck."""
        counts, rng = self.clarification["ways"], seeded(seed, "ways")
        rest = [way for way, n in counts.items() for _ in range(n - 1)]
        yield from (*counts, *rng.sample(rest, len(rest)))
        yield from _dealt(counts, rng)


def _dealt(counts: Mapping[str, int], rng: Random) -> Iterator[str]:
    """One shuffled deck after another."""
    deck = [card for card, n in counts.items() for _ in range(n)]
    while True:
        yield from rng.sample(deck, len(deck))


def drawn(weights: Mapping[str, float], rng: Random) -> str:
    return rng.choices(list(weights), list(weights.values()))[0]
