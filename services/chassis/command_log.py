"""Commands are safe to repeat: (caller, rpc, request_id) is answered once, the same for 7 days.

The row is inserted first in the transaction: a second call with the same key waits for the first
and gets its answer. Only committed answers exist. Secrets in answers are derived and never stored.
After 7 days the answer is forgotten and the request_id is spent: it is refused for ever, for if it
were new again, a very late repeat would act twice. A spent id takes some 150 bytes.
"""

import base64
import hashlib
from dataclasses import dataclass

import sqlalchemy as sa
from google.protobuf.message import Message
from sqlalchemy.orm import Session

from services.chassis.cursors import execute
from services.chassis.errors import Invalid
from services.chassis.identity import keyed_hash

KEPT_DAYS = 7
FORGOTTEN_AT_ONCE = 100_000

# The lock timeout rides along: what is left of the caller's deadline, without a round trip.
_BEGIN = """
    INSERT INTO command_log (caller, rpc, request_id, request_hash)
    SELECT %(caller)s, %(rpc)s, %(request_id)s, %(request_hash)s
    FROM set_config('lock_timeout', %(lock_timeout)s, true)
    WHERE NOT EXISTS (
        SELECT FROM command_spent
        WHERE caller = %(caller)s AND rpc = %(rpc)s AND request_id = %(request_id)s)
    ON CONFLICT DO NOTHING
"""
_EARLIER = sa.text(
    """
    SELECT request_hash, answer FROM command_log
    WHERE caller = :caller AND rpc = :rpc AND request_id = :request_id
        AND created_at > now() - make_interval(days => :days)
    """
)
_FINISH = """
    UPDATE command_log SET answer = %(answer)s
    WHERE caller = %(caller)s AND rpc = %(rpc)s AND request_id = %(request_id)s
"""
# A row goes only once an earlier transaction has spent its id: a command that looks in between
# finds it in one of the two tables.
_FORGET = sa.text(
    """
    DELETE FROM command_log AS l USING command_spent AS s
    WHERE l.created_at < now() - make_interval(days => :days)
        AND (l.caller, l.rpc, l.request_id) = (s.caller, s.rpc, s.request_id)
    """
)
_SPEND = sa.text(
    """
    INSERT INTO command_spent (caller, rpc, request_id)
    SELECT caller, rpc, request_id FROM command_log
    WHERE created_at < now() - make_interval(days => :days)
    ORDER BY created_at LIMIT :most
    ON CONFLICT DO NOTHING
    """
)


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

        Invalid REQUEST_ID_REUSED: the same request_id came with another request;
        REQUEST_ID_EXPIRED: it was used more than 7 days ago.
        """
        values = self._key | {
            "request_hash": self.request_hash,
            "lock_timeout": f"{lock_timeout_ms}ms",
        }
        if session.connection().exec_driver_sql(_BEGIN, values).rowcount:
            return None
        earlier = session.execute(_EARLIER, self._key | {"days": KEPT_DAYS}).one_or_none()
        if earlier is None:
            text = f"was used more than {KEPT_DAYS} days ago: choose a new one"
            raise self._refusal("REQUEST_ID_EXPIRED", "age", text)
        if bytes(earlier.request_hash) != self.request_hash:
            text = "was used before with another request"
            raise self._refusal("REQUEST_ID_REUSED", "unique", text)
        return bytes(earlier.answer or b"")

    def _refusal(self, reason: str, rule: str, text: str) -> Invalid:
        fields = (("request_id", rule, text),)
        return Invalid(f"request_id {self.request_id} {text}", reason=reason, fields=fields)

    def finish(self, session: Session, answer: bytes) -> None:
        """Remember the answer in the command's own transaction."""
        execute(session.connection(), _FINISH, self._key | {"answer": answer})

    def derived_secret(self, service_key: str) -> str:
        """26 characters of base32 (128 bits) that only this service can make again."""
        digest = keyed_hash(service_key, "secret", self.caller, self.rpc, self.request_id)
        return base64.b32encode(digest[:16]).decode().rstrip("=").lower()


def hash_of(request: Message) -> bytes:
    """What must be equal for two requests to be the same command."""
    return hashlib.sha256(request.SerializeToString(deterministic=True)).digest()


def forget(session: Session) -> None:
    """Forget answers older than 7 days (real time); their request_ids stay spent."""
    session.execute(_FORGET, {"days": KEPT_DAYS})
    session.execute(_SPEND, {"days": KEPT_DAYS, "most": FORGOTTEN_AT_ONCE})
