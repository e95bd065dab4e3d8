"""How much one caller, and all together, may ask at once. The urgent lane is never shut.

One process keeps its own counts: n replicas let n times as much through.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from services.gateway.problems import Problem
from services.gateway.settings import DoorSettings, Rate

Now = Callable[[], float]


class Buckets:
    """Token buckets by key. Of the keys it forgets the one that was used longest ago."""

    def __init__(self, rate: Rate, keep: int, now: Now = time.monotonic) -> None:
        self._rate = rate
        self._keep = keep
        self._now = now
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._levels)

    def take(self, key: str) -> float:
        """0.0 if a call may pass; else the seconds until one may."""
        now = self._now()
        level, since = self._levels.pop(key, (float(self._rate.burst), now))
        level = min(float(self._rate.burst), level + (now - since) * self._rate.per_second)
        passes = level >= 1.0
        self._levels[key] = (level - 1.0 if passes else level, now)
        if len(self._levels) > self._keep:
            self._levels.popitem(last=False)
        return 0.0 if passes else (1.0 - level) / self._rate.per_second


class Slots:
    """A count of what goes on at once, with a cap."""

    def __init__(self, cap: int, reason: str) -> None:
        self._cap = cap
        self._reason = reason
        self.taken = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold one of the slots; 503 if all are taken."""
        if self.taken >= self._cap:
            raise Problem(503, self._reason, "too much at once; try again", retry_after=1)
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1


@dataclass(frozen=True)
class Caller:
    """Who asks, as far as limits go. `token` is a digest, never the token; empty without one."""

    address: str
    token: str = ""


class Limits:
    """The door's limits."""

    def __init__(self, settings: DoorSettings, now: Now = time.monotonic) -> None:
        keep = settings.door_buckets
        self._by_address = Buckets(settings.door_address_rate, keep, now)
        self._by_token = Buckets(settings.door_token_rate, keep, now)
        self._urgent = Buckets(settings.door_urgent_rate, keep, now)
        self._tight = {
            name: Buckets(rate, keep, now) for name, rate in settings.door_tight_rates.items()
        }
        self._slots = Slots(settings.door_in_flight, "TOO_MANY_IN_FLIGHT")
        self._urgent_slots = Slots(settings.door_urgent_in_flight, "TOO_MANY_IN_FLIGHT")
        self._reading = Slots(settings.door_reading, "TOO_MANY_BODIES")
        self._uploading = Slots(settings.door_uploading, "TOO_MANY_BODIES")

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Read one body."""
        with self._reading.one():
            yield

    @contextmanager
    def uploading(self) -> Iterator[None]:
        """Read one body with a file."""
        with self._uploading.one():
            yield

    @contextmanager
    def admit(self, rpc: str, caller: Caller, *, urgent: bool) -> Iterator[None]:
        """Let one call through, or say 429 or 503."""
        for buckets, key in self._asked(rpc, caller, urgent=urgent):
            wait = buckets.take(key)
            if wait > 0:
                detail = "too many calls from here; try again later"
                raise Problem(429, "RATE_LIMITED", detail, retry_after=wait)
        with (self._urgent_slots if urgent else self._slots).one():
            yield

    def _asked(self, rpc: str, caller: Caller, *, urgent: bool) -> Iterator[tuple[Buckets, str]]:
        place = network_of(caller.address)
        if urgent:
            yield self._urgent, place
            return
        if rpc in self._tight:
            yield self._tight[rpc], place
        yield self._by_address, place
        if caller.token:
            yield self._by_token, caller.token


def network_of(address: str) -> str:
    """What counts as one place: an IPv4 address, or an IPv6 /64, of which one customer has many."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return parsed.exploded[:19]
