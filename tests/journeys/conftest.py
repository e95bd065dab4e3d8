"""The whole real stack, started once per run, at a fixed Monday morning of domain time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from infra.local.stack import Stack
    from tests.journeys.relay import Relay


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Everything of `make up`, in a home of its own."""
    from infra.local.discovery import GATEWAY, discover
    from infra.local.stack import INFRASTRUCTURE, Stack
    from services.chassis.clock import Clock
    from services.process.calendar import JAKARTA

    home, found = tmp_path_factory.mktemp("journeys"), discover()
    running = Stack(
        home,
        services=found.services,
        parts=INFRASTRUCTURE,
        serving=(*found.serving, GATEWAY),
        kind="test",
        fsync=False,
    )
    clock = Clock(home / "clock.json", movable=True)
    clock.start_at(datetime(2024, 3, 4, 9, tzinfo=JAKARTA))
    with running:
        yield running


@pytest.fixture(scope="session")
def relay(stack: Stack) -> Relay:
    """The stack as people see it."""
    from tests.journeys.relay import Relay

    return Relay(stack)
