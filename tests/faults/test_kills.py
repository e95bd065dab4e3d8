"""1. `kill -9` of every role of every service, between any two steps, while people work."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from infra.local.stack import Stack
from tests.faults.arena import ROLES, a_seed, is_full, of_full, process_of, split
from tests.faults.books import Books
from tests.faults.crew import Crew
from tests.faults.plays import ALL_ROLES
from tests.support.kills import arm
from tests.support.waiting import until

pytestmark = pytest.mark.stack

COMMANDS = 5000
# So that a process that starts again does not share its core with people in a hurry.
PACE_SECONDS = 0.1
KILLS = 24
# Where a role dies for certain between two steps: between commit and answer; between commit and
# acknowledgement; between acknowledgement and delete; between a commit and its offset's commit.
POINTS = (
    ("api", "rpc.after_commit"),
    ("relay", "relay.before_send"),
    ("relay", "relay.after_ack"),
    ("reactions", "reactions.after_commit"),
)
# The deliverer of partner streams: before a number is sent, and between acknowledgement and mark.
OF_ONE = (
    ("exchange", "reactions", "deliver.before_send"),
    ("exchange", "reactions", "deliver.after_ack"),
)
# Only a trial that fails waits so long: a slow machine brings some deputies work rarely.
DIES_WITHIN_SECONDS = 120.0


@dataclass(frozen=True)
class Kill:
    """Whom, and at which point; without one at any moment."""

    service: str
    role: str
    point: str = ""


def plan(services: tuple[str, ...], rng: random.Random) -> list[Kill]:
    """Every point and every role of each service once, and more at random moments."""
    at_points = [Kill(service, *at) for service in services for at in POINTS]
    at_points += [Kill(*at) for at in OF_ONE]
    if not is_full():
        return at_points
    anywhere = [Kill(service, role) for service in services for role in ROLES]
    more = max(0, KILLS - len(at_points) - len(anywhere))
    kills = at_points + anywhere + rng.choices(anywhere, k=more)
    rng.shuffle(kills)
    return kills


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with split(tmp_path_factory.mktemp("kills")) as running:
        yield running


def test_kills_between_any_two_steps_lose_and_double_nothing(stack: Stack) -> None:
    seed, commands = a_seed(), of_full(COMMANDS)
    rng = random.Random(seed)  # noqa: S311 - it has to be repeatable
    kills = plan(stack.services, rng)
    began = time.monotonic()
    books = Books(stack)
    with books.note(Crew(stack, ALL_ROLES, seed, pace=PACE_SECONDS)) as crew:
        for number, kill in enumerate(kills):
            crew.reach(commands * (number + 1) // (len(kills) + 2))
            die(stack, kill, rng)
        crew.reach(commands)
    spent = time.monotonic() - began
    found = books.close()
    print(
        f"  {len(kills)} kills, {crew.done} commands in {spent:.0f} s, {found.records} records, "
        f"{len(crew.waits)} tries were not answered"
    )
    assert crew.done >= commands
    assert crew.waits, "nobody noticed that a process was killed"


def die(stack: Stack, kill: Kill, rng: random.Random) -> None:
    """Have a process die, see that it did, and start it again."""
    process = process_of(stack, kill.service, kill.role)
    if kill.point:
        replica = f"{kill.service}-{ROLES.index(kill.role)}"
        armed = arm(stack, replica, kill.point, passes=rng.randrange(3))
        until(lambda: not process.is_running, DIES_WITHIN_SECONDS)
        assert not armed.exists(), f"{kill} died of something else"
    else:
        time.sleep(rng.random() * 0.3)
        process.kill()
    process.start()
    process.wait()
