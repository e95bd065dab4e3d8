"""The whole real stack, started once per run, at a fixed Monday morning of domain time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from infra.local.stack import Stack
    from tests.journeys.relay import Relay

SERVING = ("complaint", "protection", "gateway")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Everything of `make up`, in a home of its own."""
    from infra.local.discovery import discover
    from infra.local.stack import INFRASTRUCTURE, Stack
    from services.chassis.clock import Clock
    from services.process.calendar import JAKARTA

    home = tmp_path_factory.mktemp("journeys")
    running = Stack(
        home,
        services=discover().services,
        parts=INFRASTRUCTURE,
        serving=SERVING,
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
