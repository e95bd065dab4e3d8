"""Holdings touch and never overlap; months are Jakarta's."""

from datetime import UTC, datetime

import pytest

from services.chassis.testing import A_MORNING
from services.insight.domain import Holding, months
from tests.insight.builders import COMPLAINT, HOUR


def a_holding(until: datetime | None = None) -> Holding:
    return Holding("m1", 1, **vars(COMPLAINT), since=A_MORNING, until=until)


def test_the_next_holding_begins_where_one_ends() -> None:
    held = a_holding()
    assert held.end(A_MORNING + HOUR) == A_MORNING + HOUR == held.until


def test_a_holding_never_ends_before_it_began_though_the_next_ones_clock_is_late() -> None:
    held = a_holding()
    assert held.end(A_MORNING - HOUR) == A_MORNING == held.until


@pytest.mark.parametrize(("at", "begins"), [(-1, 0), (1, 1)])
def test_what_is_opened_again_is_held_from_then_on_and_not_before_it_was_closed(
    at: int, begins: int
) -> None:
    held = a_holding(until=A_MORNING)
    assert held.end(A_MORNING + at * HOUR) == A_MORNING + begins * HOUR
    assert held.until == A_MORNING


def test_months_begin_and_end_at_midnight_in_jakarta() -> None:
    assert months("2023-12", "2024-02") == (
        datetime(2023, 11, 30, 17, tzinfo=UTC),
        datetime(2024, 2, 29, 17, tzinfo=UTC),
    )
