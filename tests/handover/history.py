"""Histories: lists of numbers that say what happens in the simulated world, one thing after
another."""

import random
from collections.abc import Callable, Iterable

from tests.handover import people
from tests.handover.world import World

Step = tuple[int, int, int]
Deed = Callable[[World, int, int], None]

# A deed as often as it stands here: most of the time records travel, now and then time passes.
DEEDS: tuple[Deed, ...] = (
    *(World.relay,) * 2,
    *(World.deliver,) * 4,
    *(World.rush,) * 3,
    *(people.offer,) * 2,
    *(people.reply,) * 4,
    *(people.other_act,) * 2,
    people.give_back,
    World.wait,
    World.look,
    World.fire,
    World.repeat,
    World.reread,
)
MOST = 1000


def run(history: Iterable[Step]) -> World:
    """Let a history happen, then let everything arrive; Violation if something was wrong."""
    world = World()
    for what, who, how in history:
        DEEDS[what % len(DEEDS)](world, who, how)
    world.settle()
    return world


def by_chance(seed: int, length: int = 180) -> list[Step]:
    """A history that is the same for a seed everywhere."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable history, no secret
    return [
        (chance.randrange(MOST), chance.randrange(MOST), chance.randrange(MOST))
        for _ in range(length)
    ]
