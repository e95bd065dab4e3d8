"""1. `kill -9` of every role of every service, between any two steps, while people work.

In full each role is a process of its own; cut short, all roles of a service die at once.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from infra.local.stack import Stack
from services.chassis import catalogue
from tests.faults.arena import ROLES, a_seed, is_full, of_full, process_of, split
from tests.faults.books import Books
from tests.faults.crew import Crew
from tests.faults.plays import ALL, ALL_ROLES
from tests.support.kills import arm
from tests.support.waiting import until

pytestmark = pytest.mark.stack

COMMANDS = 5000
# So that a process that starts again does not share its core with people in a hurry.
PACE_SECONDS = 0.05 if is_full() else 0.4
# Cut short, few matters have to bring every service something to do.
PLAYS = ALL if is_full() else ALL_ROLES
KILLS, FEWEST_PLAIN = 24, 6
# For so many kills the commands after the last one would do.
AFTERWARDS = 6
# Where a role dies for certain between two steps: between commit and answer; between commit and
# acknowledgement; between acknowledgement and delete; between a commit and its offset's commit.
POINTS_OF = {
    "api": ("rpc.after_commit",),
    "relay": ("relay.before_send", "relay.after_ack"),
    "reactions": ("reactions.after_commit",),
}
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


def passes(service: str, role: str) -> bool:
    """Whether people at work bring a service to the role's points: one that takes no commands is
    not asked by them, and one that tells nothing has nothing to send."""
    methods = catalogue.methods(service).values()
    is_asked = any("request_id" in method.input_type.fields_by_name for method in methods)
    return {"api": is_asked, "relay": service in catalogue.deputies(), "reactions": True}[role]


def plan(services: tuple[str, ...], rng: random.Random) -> list[Kill]:
    """Every role of each service once at a point, and more at random moments; cut short, each
    service and each point at least once."""
    at_points = [
        Kill(service, role, points[number % len(points)])
        for number, service in enumerate(rng.sample(services, len(services)))
        for role, points in POINTS_OF.items()
        if passes(service, role)
    ]
    at_points += [Kill(*at) for at in OF_ONE]
    anywhere = [Kill(service, role) for service in services for role in ROLES]
    more = rng.choices(anywhere, k=max(FEWEST_PLAIN, KILLS - len(at_points)))
    kills = rng.sample(at_points + more, len(at_points + more))
    return kills if is_full() else few(kills)


def few(kills: list[Kill]) -> list[Kill]:
    """Those at a point that are the first of their service or of their point."""
    found: list[Kill] = []
    for kill in kills:
        is_known = any(kill.service == each.service for each in found)
        if kill.point and not (is_known and kill.point in {each.point for each in found}):
            found.append(kill)
    return found


@pytest.fixture(scope="module")
def books(request: pytest.FixtureRequest) -> Iterator[Books]:
    if not is_full():
        yield request.getfixturevalue("books")
        return
    folders: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
    with split(folders.mktemp("kills")) as stack:
        yield Books(stack)


def test_kills_between_any_two_steps_lose_and_double_nothing(books: Books) -> None:
    stack, seed, commands = books.stack, a_seed(), of_full(COMMANDS)
    rng = random.Random(seed)  # noqa: S311 - it has to be repeatable
    kills = plan(stack.services, rng)
    began = time.monotonic()
    with books.note(Crew(stack, PLAYS, seed, commands, pace=PACE_SECONDS)) as crew:
        for number, kill in enumerate(kills):
            crew.reach(commands * (number + 1) // (len(kills) + AFTERWARDS))
            die(stack, kill, rng)
        all_are_back(stack)
    spent = time.monotonic() - began
    books.close()
    print(
        f"  {len(kills)} kills, {crew.done} commands in {spent:.0f} s, "
        f"{len(crew.waits)} tries were not answered"
    )
    assert crew.done >= commands
    assert crew.waits, "nobody noticed that a process was killed"


def test_a_service_is_killed_at_the_points_that_it_passes() -> None:
    assert [role for role in ROLES if passes("complaint", role)] == list(ROLES)
    assert [role for role in ROLES if passes("insight", role)] == ["reactions"]


def die(stack: Stack, kill: Kill, rng: random.Random) -> None:
    """Have a process die, see that it did, and start it again: nobody waits until it is there."""
    process = process_of(stack, kill.service, kill.role)
    process.wait()
    if kill.point:
        replica = f"{kill.service}-0" if process.name == kill.service else process.name
        armed = arm(stack, replica, kill.point, passes=rng.randrange(3))
        until(lambda: not process.is_running, DIES_WITHIN_SECONDS)
        assert not armed.exists(), f"{kill} died of something else"
    else:
        time.sleep(rng.random() * 0.3)
        process.kill()
    process.start()


def all_are_back(stack: Stack) -> None:
    for process in stack.processes:
        process.wait()
