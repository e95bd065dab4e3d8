"""Signatures of webhooks, out and in, as the Standard Webhooks specification has them.

HMAC-SHA-256 over `id.timestamp.body`: nobody can change a message, send it as another, or send it
again after some minutes.
"""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from services.chassis.errors import Unauthenticated

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
VERSION, WRITTEN = "v1", "whsec_"
WINDOW = timedelta(minutes=5)


def signed(key: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of a webhook."""
    seconds = str(int(at.timestamp()))
    return {
        ID: message_id,
        TIMESTAMP: seconds,
        SIGNATURE: f"{VERSION},{_mac(key, message_id, seconds, body)}",
    }


def verified(key: str, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The id of a webhook that is genuine and fresh; Unauthenticated says what is wrong."""
    given = {name.lower(): value for name, value in headers.items()}
    missing = [name for name in (ID, TIMESTAMP, SIGNATURE) if not given.get(name)]
    if missing:
        raise Unauthenticated(f"webhook without {', '.join(missing)}", reason="NOT_SIGNED")
    if abs(now - _instant(given[TIMESTAMP])) > WINDOW:
        raise Unauthenticated(
            f"webhook-timestamp is more than {WINDOW.seconds // 60} minutes off: sign it anew",
            reason="STALE",
        )
    right = f"{VERSION},{_mac(key, given[ID], given[TIMESTAMP], body)}".encode()
    # While a key is changed there are two signatures.
    offered = given[SIGNATURE].encode(errors="replace").split()
    if not any(hmac.compare_digest(each, right) for each in offered):
        raise Unauthenticated("webhook-signature does not fit id, timestamp, body", reason="FORGED")
    return given[ID]


def _instant(seconds: str) -> datetime:
    if not (seconds.isascii() and seconds.isdecimal() and len(seconds) <= 11):
        raise Unauthenticated("webhook-timestamp is no number of seconds", reason="NOT_SIGNED")
    return datetime.fromtimestamp(int(seconds), UTC)


def _mac(key: str, message_id: str, seconds: str, body: bytes) -> str:
    content = b".".join((message_id.encode(), seconds.encode(), body))
    return b64encode(hmac.digest(_secret(key), content, "sha256")).decode()


def _secret(key: str) -> bytes:
    """A key as the specification writes it, or any other text."""
    secret = b64decode(key.removeprefix(WRITTEN)) if key.startswith(WRITTEN) else key.encode()
    if not secret:
        raise ValueError("a webhook's key is empty")
    return secret
