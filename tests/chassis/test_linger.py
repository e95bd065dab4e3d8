"""What can wait is kept for a moment; what is urgent never is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from estafet.complaint.v1.events_pb2 import ComplaintTriaged

from services.chassis import linger
from services.chassis.linger import LONGEST_SECONDS, MOST_RECORDS, Linger
from services.chassis.progress import Delivery
from services.chassis.testing import a_record


class Now:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Now:
    clock = Now()
    monkeypatch.setattr(linger, "monotonic", clock)
    return clock


def some(count: int, first: int = 1, payload: bytes = b"", partition: int = 0) -> list[Delivery]:
    """Records of one key; those with this payload are urgent: b"now"."""
    event = ComplaintTriaged(complaint_id=f"c{partition}")
    records = (
        a_record(event, service="complaint", seq=number) for number in range(first, first + count)
    )
    return [Delivery(replace(each, position=(partition, each.seq)), payload) for each in records]


def a_linger() -> Linger:
    return Linger(lambda delivery: delivery.payload != b"now")


@pytest.mark.usefixtures("now")
def test_what_can_wait_runs_with_what_comes_soon_and_once_nothing_comes() -> None:
    kept = a_linger()
    assert kept.take(some(2), at_once=False) == []
    assert kept.is_keeping
    assert kept.take(some(1, first=3), at_once=False) == []
    assert kept.take([], at_once=False) == some(3)
    assert not kept.is_keeping
    assert kept.take([], at_once=False) == []


@pytest.mark.usefixtures("now")
def test_what_is_urgent_waits_for_nothing_in_other_partitions() -> None:
    kept = a_linger()
    other = some(2, partition=1)
    assert kept.take([*some(1), *other], at_once=False) == []
    urgent = some(1, first=2, payload=b"now")
    assert kept.take([*urgent, *some(1, first=3, partition=1)], at_once=False) == [
        *some(1),
        *urgent,
    ]
    assert kept.is_keeping
    assert kept.take([], at_once=False) == some(3, partition=1)


def test_what_is_kept_beside_urgent_records_is_not_kept_for_longer(now: Now) -> None:
    kept = a_linger()
    assert kept.take(some(1, partition=1), at_once=False) == []
    now.seconds += LONGEST_SECONDS / 2
    urgent = some(1, payload=b"now")
    assert kept.take(urgent, at_once=False) == urgent
    now.seconds += LONGEST_SECONDS / 2
    urgent = some(1, first=2, payload=b"now")
    assert kept.take(urgent, at_once=False) == [*some(1, partition=1), *urgent]


@pytest.mark.usefixtures("now")
def test_what_is_urgent_runs_at_once_with_all_before_it_in_its_partition() -> None:
    kept = a_linger()
    assert kept.take(some(1, payload=b"now"), at_once=False) == some(1, payload=b"now")
    assert kept.take(some(2), at_once=False) == []
    urgent = some(1, first=3, payload=b"now")
    assert kept.take(urgent, at_once=False) == [*some(2), *urgent]


def test_nothing_waits_for_longer_than_a_moment(now: Now) -> None:
    kept = a_linger()
    assert kept.take(some(1), at_once=False) == []
    now.seconds += 2 * LONGEST_SECONDS
    assert kept.take(some(1, first=2), at_once=False) == some(2)
    assert kept.take(some(1, first=3), at_once=False) == [], "the moment began anew"


@pytest.mark.usefixtures("now")
def test_many_records_and_a_clock_that_asks_wait_for_no_more() -> None:
    kept = a_linger()
    assert len(kept.take(some(MOST_RECORDS), at_once=False)) == MOST_RECORDS
    assert kept.take(some(1), at_once=True) == some(1)


@pytest.mark.usefixtures("now")
def test_what_is_read_again_is_not_kept_besides() -> None:
    kept = a_linger()
    kept.take(some(2), at_once=False)
    kept.drop()
    assert kept.take([], at_once=False) == []
