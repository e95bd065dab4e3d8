"""How people write: SMS short forms, slips of the finger, words of other languages, no commas."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from random import Random

from services.complaint.triage.spelling import slang

_WORD = re.compile(r"[A-Za-z]{2,}")
_LEET = str.maketrans("oiea", "0134")
Noise = Callable[[Random, str], str]


def ways_to_say() -> dict[str, Sequence[str]]:
    """For each usual word all that is said for it."""
    ways: dict[str, list[str]] = defaultdict(list)
    for said, meant in sorted(slang().items()):
        ways[meant].append(said)
    return dict(ways)


class Noisy:
    """Makes texts noisy; each text more or less."""

    def __init__(self) -> None:
        self._ways = ways_to_say()

    def written(self, random: Random, text: str) -> str:
        """The text as somebody might have written it."""
        slangy, slips = random.choice((0, 0.2, 0.6)), random.choice((0, 0, 0.04, 0.1))
        text = _WORD.sub(lambda found: self._word(random, found[0], slangy, slips), text)
        if random.random() < 0.3:
            text = re.sub(r"[,.]", "", text)
        return random.choice((str.lower, str.lower, str, str, str.upper))(text)

    def _word(self, random: Random, word: str, slangy: float, slips: float) -> str:
        ways = self._ways.get(word.lower())
        if ways and random.random() < slangy:
            return random.choice(ways)
        return slip(random, word) if len(word) > 4 and random.random() < slips else word


def slip(random: Random, word: str) -> str:
    """One letter left out, doubled, swapped, or a digit in its place."""
    at = random.randrange(1, len(word) - 1)
    return random.choice(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word.translate(_LEET),
        )
    )
