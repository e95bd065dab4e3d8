"""The whole system for one trial: every service of the checkout, the gateway, real parts."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from infra.local.discovery import GATEWAY, discover
from infra.local.processes import Process
from infra.local.stack import Stack
from tests.faults.witness import call_witnesses
from tests.support.examples import IN_FULL

SEED = "ESTAFET_FAULTS_SEED"
SHORTER = 40

PARTS = ("postgres", "kafka", "identity")
ROLES = ("api", "relay", "reactions")


def is_full() -> bool:
    """Whether the scenarios run in full."""
    return IN_FULL in os.environ


# One trial of every scenario is in the short cut; a second one of its kind need not be.
only_in_full = pytest.mark.skipif(IN_FULL not in os.environ, reason="in full only: make faults")


def of_full(number: int) -> int:
    """A number of commands, or what is left of it in the short cut."""
    return number if is_full() else number // SHORTER


def a_seed() -> int:
    """The seed that was asked for, or a new one; printed, so that a run can be repeated."""
    asked = os.environ.get(SEED)
    seed = int(asked) if asked else random.SystemRandom().randrange(10**6)
    print(f"  seed={seed}")
    return seed


@contextmanager
def whole(
    home: Path,
    *,
    fsync: bool = False,
    postgres_settings: Mapping[str, str] | None = None,
    kafka_settings: Mapping[str, str] | None = None,
) -> Iterator[Stack]:
    """Each service in one process with all its roles."""
    found = discover()
    stack = Stack(
        home,
        found.services,
        PARTS,
        serving=(*found.serving, GATEWAY),
        kind="test",
        fsync=fsync,
        postgres_settings=postgres_settings,
        kafka_settings=kafka_settings,
    )
    with stack:
        call_witnesses(stack)
        yield stack


@contextmanager
def told_otherwise(stack: Stack, name: str, variables: Mapping[str, str]) -> Iterator[Process]:
    """A process that is started again with other variables, and once more with its own."""
    process = stack.process(name)
    own = process.program
    process.program = replace(own, environment={**own.environment, **variables})
    process.restart()
    yield process
    process.program = own
    process.restart()


@contextmanager
def split(home: Path) -> Iterator[Stack]:
    """Each role of each service in a process of its own."""
    found = discover()
    with Stack(home, found.services, PARTS, serving=(GATEWAY,), kind="test", fsync=False) as stack:
        call_witnesses(stack)
        programs = [
            stack.service_program(service, replica, role)
            for service in found.serving
            for replica, role in enumerate(ROLES)
        ]
        with ThreadPoolExecutor() as threads:
            list(threads.map(stack.run, programs))
        yield stack


def process_of(stack: Stack, service: str, role: str) -> Process:
    """The process that has a role of a service: one of its own, or the one that has them all."""
    own = f"{service}-{ROLES.index(role)}"
    return stack.process(own if own in {each.name for each in stack.processes} else service)
