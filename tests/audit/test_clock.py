"""Instants on the command line."""

import pytest

from services.chassis.errors import Invalid
from services.cli.clock import instant_of


def test_an_instant_without_an_offset_is_jakartas() -> None:
    assert instant_of("2024-03-04T09:00").isoformat() == "2024-03-04T09:00:00+07:00"


def test_an_instant_with_an_offset_keeps_it() -> None:
    assert instant_of("2024-03-04T09:00Z").isoformat() == "2024-03-04T09:00:00+00:00"


def test_what_is_no_instant_is_refused() -> None:
    with pytest.raises(Invalid, match="tomorrow is no instant"):
        instant_of("tomorrow")
