"""7. Replicas of a service join and leave every few seconds while people work.

What a replica read that has left waits for 10 s, in case it comes back: of the trials that share a
stack this is the last.
"""

from __future__ import annotations

import random
import time

import pytest

from infra.local.processes import Process
from infra.local.stack import Stack
from tests.faults.arena import a_seed, is_full, of_full
from tests.faults.books import Books
from tests.faults.crew import Crew
from tests.faults.plays import ALL

pytestmark = pytest.mark.stack

COMMANDS = 5000
FEWEST_CHANGES, PACE_SECONDS = (12, 0.03) if is_full() else (3, 0.25)
BETWEEN_SECONDS = (3.0, 7.0) if is_full() else (0.5, 2.5)
MOST_REPLICAS = 3
# Away from the numbers of replicas that a stack begins with.
FIRST_REPLICA = 5


def test_a_rebalance_every_few_seconds_loses_and_doubles_nothing(books: Books) -> None:
    stack, seed = books.stack, a_seed()
    rng = random.Random(seed)  # noqa: S311 - it has to be repeatable
    joined: dict[str, Process] = {}
    changes = 0
    with books.note(Crew(stack, ALL, seed, of_full(COMMANDS), pace=PACE_SECONDS)) as crew:
        while crew.is_short or changes < FEWEST_CHANGES:
            change(stack, joined, rng)
            changes += 1
            time.sleep(rng.uniform(*BETWEEN_SECONDS))
            crew.reach(0)
    books.close()
    for process in joined.values():
        process.stop()
    print(f"  {changes} joined or left, {crew.done} commands")


def change(stack: Stack, joined: dict[str, Process], rng: random.Random) -> None:
    """A replica joins or leaves, perhaps before it was quite there; of those that leave, every
    third is killed."""
    service = rng.choice(stack.services)
    running = [name for name in joined if name.startswith(f"{service}-")]
    if running and (len(running) == MOST_REPLICAS or rng.random() < 0.5):
        leaving = joined.pop(rng.choice(running))
        leaving.kill() if rng.randrange(3) == 0 else leaving.stop()
        return
    numbers = range(FIRST_REPLICA, FIRST_REPLICA + MOST_REPLICAS)
    replica = rng.choice([number for number in numbers if f"{service}-{number}" not in joined])
    process = stack.begin(stack.service_program(service, replica, "reactions"))
    joined[process.name] = process
