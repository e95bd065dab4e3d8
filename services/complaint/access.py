"""The complainant's key: number and secret buy a short token for one's own complaint.

A secret is kept only as a keyed hash. A try is counted before it is judged, in a transaction of
its own, so that a refusal counts and all replicas count together; a number that does not exist is
counted, hashed and compared like one that does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from nameko.extensions import DependencyProvider

from services.chassis.clock import real_now
from services.chassis.errors import TooMany, Unauthenticated
from services.chassis.identity import OwnTokens, keyed_hash, same
from services.chassis.runtime import Runtime
from services.complaint.access_store import SqlKeys
from services.complaint.number import normal

TRIES = 5
TRIES_COUNT_FOR = timedelta(minutes=15)
TOKEN_LIFE = timedelta(minutes=30)
NOBODY = bytes(32)
# Whose a key is, and what is kept of its secret; None: nobody's.
Find = Callable[[], tuple[str, bytes] | None]


@dataclass(frozen=True)
class Grant:
    """A token for one's own complaint; expires_at is real time."""

    complaint_id: str
    token: str
    expires_at: datetime


class Keys(Protocol):
    """The complainants' keys and the tries to use them."""

    def spend(self, key: bytes) -> int:
        """Count one more try, for all replicas; how many there are in the window now."""

    def forgive(self, key: bytes) -> None:
        """Forget the tries of a key."""

    def find(self, number: str) -> tuple[str, bytes] | None:
        """The complaint's id and the hash of its secret."""


@dataclass(frozen=True)
class Access:
    """Keeps and checks the complainants' keys."""

    service_key: str
    tokens: OwnTokens
    keys: Keys

    def hash(self, number: str, secret: str) -> bytes:
        """What is kept of a secret."""
        return keyed_hash(self.service_key, "complaint secret", number, secret)

    def open(self, typed_number: str, typed_secret: str) -> Grant:
        """A token for a number and its secret. TooMany, Unauthenticated."""
        number = normal(typed_number) or typed_number
        given = self.hash(number, _plain(typed_secret))
        complaint_id = self.judge(
            keyed_hash(self.service_key, "complaint number", number),
            lambda: self.keys.find(number),
            given,
            "too many tries for this number; try again in 15 minutes",
            "number and secret do not fit",
        )
        now = real_now()
        expires_at = now + TOKEN_LIFE
        return Grant(complaint_id, self.tokens.issue(complaint_id, now, expires_at), expires_at)

    def judge(self, key: bytes, find: Find, given: bytes, too_many: str, wrong: str) -> str:
        """Whose secret was given: one more try at a key is counted, then judged, and forgotten if
        it fits. What there is not is compared like what there is. TooMany, Unauthenticated."""
        if self.keys.spend(key) > TRIES:
            raise TooMany(too_many)
        found, kept = find() or ("", NOBODY)
        if not (same(given, kept) and found):
            raise Unauthenticated(wrong, reason="WRONG_SECRET")
        self.keys.forgive(key)
        return found


def _plain(secret: str) -> str:
    return "".join(secret.lower().replace("-", " ").split())


class ComplainantAccess(DependencyProvider):
    """Gives a worker its Access."""

    if TYPE_CHECKING:
        # nameko puts the worker's Access in this provider's place.
        def __get__(self, worker: object, cls: type) -> Access: ...

    def get_dependency(self, worker_ctx: Any) -> Access:  # noqa: ARG002 - one for all workers
        runtime: Runtime = self.container.config["runtime"]
        keys = SqlKeys(runtime.engine, TRIES_COUNT_FOR)
        return Access(runtime.service_key, runtime.own_tokens, keys)
