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

    def replies(self, seed: int) -> Iterator[str]:
        """Protection's replies to first offers, dealt from one shuffled deck after another."""
        deck = [reply for reply, n in self.protection["deck"].items() for _ in range(n)]
        rng = seeded(seed, "replies")
        while True:
            yield from rng.sample(deck, len(deck))


def drawn(weights: Mapping[str, float], rng: Random) -> str:
    return rng.choices(list(weights), list(weights.values()))[0]
