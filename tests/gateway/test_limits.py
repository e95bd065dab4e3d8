"""Limits refuse the ordinary lane long before the urgent one, and remember within bounds."""

import pytest

from services.gateway.limits import Buckets, Caller, Limits, network_of
from services.gateway.problems import Problem
from services.gateway.settings import OPEN_ACCESS, DoorSettings, Rate

FILE = "estafet.complaint.v1.ComplaintService/FileComplaint"


class StoppedTime:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def limits(time: StoppedTime, **settings: object) -> Limits:
    return Limits(DoorSettings(**settings), now=time)  # type: ignore[arg-type] # as a test says


def passes(door: Limits, rpc: str = FILE, caller: str = "203.0.113.1", **more: object) -> bool:
    urgent, token = bool(more.get("urgent")), str(more.get("token", ""))
    try:
        with door.admit(rpc, Caller(caller, token), urgent=urgent):
            return True
    except Problem:
        return False


def passed(door: Limits, times: int, **more: object) -> int:
    return sum(passes(door, **more) for _ in range(times))  # type: ignore[arg-type] # idem


def test_a_burst_passes_and_then_the_rate_holds() -> None:
    time = StoppedTime()
    door = limits(time, door_address_rate=Rate(per_second=2, burst=5))
    assert passed(door, 10) == 5
    time.now += 1
    assert passed(door, 10) == 2


def test_the_refusal_says_when_to_come_back() -> None:
    door = limits(StoppedTime(), door_address_rate=Rate(per_second=0.1, burst=1))
    assert passes(door)
    with pytest.raises(Problem) as caught, door.admit(FILE, Caller("203.0.113.1"), urgent=False):
        pass
    assert (caught.value.status, caught.value.all_headers) == (429, {"Retry-After": "10"})


def test_an_address_does_not_use_up_another_ones_allowance() -> None:
    door = limits(StoppedTime(), door_address_rate=Rate(per_second=1, burst=1))
    assert passed(door, 5, caller="203.0.113.1") == 1
    assert passed(door, 5, caller="203.0.113.2") == 1


def test_a_token_is_counted_wherever_it_comes_from() -> None:
    door = limits(StoppedTime(), door_token_rate=Rate(per_second=1, burst=2))
    places = [f"203.0.113.{n}" for n in range(5)]
    counted = {"token": "a token's digest"}
    assert sum(passes(door, caller=place, **counted) for place in places) == 2


def test_the_urgent_lane_stays_open_when_the_ordinary_one_is_used_up() -> None:
    door = limits(StoppedTime(), door_address_rate=Rate(per_second=1, burst=1))
    assert passed(door, 5) == 1
    assert passed(door, 500, urgent=True) == 500


def test_the_urgent_lane_has_a_far_larger_limit_of_its_own() -> None:
    door = limits(StoppedTime(), door_urgent_rate=Rate(per_second=1, burst=1000))
    assert passed(door, 1500, urgent=True) == 1000


def test_an_urgent_call_passes_when_every_ordinary_slot_is_taken() -> None:
    door = limits(StoppedTime(), door_in_flight=1)
    with door.admit(FILE, Caller("203.0.113.1"), urgent=False):
        assert not passes(door)
        assert passes(door, urgent=True)
    assert passes(door)


def test_a_secret_may_be_tried_ten_times_a_minute_from_one_address() -> None:
    time = StoppedTime()
    door = limits(time)
    assert passed(door, 50, rpc=OPEN_ACCESS) == 10
    time.now += 60
    assert passed(door, 50, rpc=OPEN_ACCESS) == 10


def test_buckets_never_remember_more_keys_than_they_may() -> None:
    buckets = Buckets(Rate(per_second=1, burst=1), keep=100, now=StoppedTime())
    for number in range(1000):
        buckets.take(str(number))
    assert len(buckets) == 100


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("203.0.113.1", "203.0.113.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:0002"),
        ("::ffff:203.0.113.1", "203.0.113.1"),
        ("", ""),
    ],
)
def test_an_ipv6_customer_is_one_place(address: str, place: str) -> None:
    assert network_of(address) == place
