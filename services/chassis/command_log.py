"""Commands are safe to repeat: (caller, rpc, request_id) is answered once and remembered 7 days.

The row is inserted first in the transaction: a second call with the same key waits for the first
and gets its answer. Only committed answers exist. Secrets in answers are derived and never stored.
"""

import base64
import hashlib
from dataclasses import dataclass

import sqlalchemy as sa
from google.protobuf.message import Message
from sqlalchemy.orm import Session

from services.chassis.errors import Invalid
from services.chassis.identity import keyed_hash

KEPT_DAYS = 7

# The lock timeout rides along: what is left of the caller's deadline, without a round trip.
_BEGIN = sa.text(
    """
    INSERT INTO command_log (caller, rpc, request_id, request_hash)
    SELECT :caller, :rpc, :request_id, :request_hash
    FROM set_config('lock_timeout', :lock_timeout, true)
    ON CONFLICT DO NOTHING
    RETURNING true
    """
)
_EARLIER = sa.text(
    """
    SELECT request_hash, answer FROM command_log
    WHERE caller = :caller AND rpc = :rpc AND request_id = :request_id
    """
)
_FINISH = sa.text(
    """
    UPDATE command_log SET answer = :answer
    WHERE caller = :caller AND rpc = :rpc AND request_id = :request_id
    """
)
_PRUNE = sa.text("DELETE FROM command_log WHERE created_at < now() - make_interval(days => :days)")


@dataclass(frozen=True)
class Command:
    """One command as its caller named it."""

    caller: str
    rpc: str
    request_id: str
    request_hash: bytes

    @property
    def _key(self) -> dict[str, object]:
        return {"caller": self.caller, "rpc": self.rpc, "request_id": self.request_id}

    def begin(self, session: Session, lock_timeout_ms: int) -> bytes | None:
        """Claim the command; the answer that was given before, or None when it is new.

        Invalid REQUEST_ID_REUSED: the same request_id came with another request.
        """
        values = self._key | {
            "request_hash": self.request_hash,
            "lock_timeout": f"{lock_timeout_ms}ms",
        }
        if session.execute(_BEGIN, values).scalar_one_or_none():
            return None
        earlier = session.execute(_EARLIER, self._key).one()
        if bytes(earlier.request_hash) != self.request_hash:
            raise Invalid(
                f"request_id {self.request_id} was used before with another request",
                reason="REQUEST_ID_REUSED",
                fields=(("request_id", "unique", "was used before with another request"),),
            )
        return bytes(earlier.answer or b"")

    def finish(self, session: Session, answer: bytes) -> None:
        """Remember the answer in the command's own transaction."""
        session.execute(_FINISH, self._key | {"answer": answer})

    def derived_secret(self, service_key: str) -> str:
        """26 characters of base32 (128 bits) that only this service can make again."""
        digest = keyed_hash(service_key, "secret", self.caller, self.rpc, self.request_id)
        return base64.b32encode(digest[:16]).decode().rstrip("=").lower()


def hash_of(request: Message) -> bytes:
    """What must be equal for two requests to be the same command."""
    return hashlib.sha256(request.SerializeToString(deterministic=True)).digest()


def prune(session: Session) -> None:
    """Forget commands older than 7 days (real time)."""
    session.execute(_PRUNE, {"days": KEPT_DAYS})
