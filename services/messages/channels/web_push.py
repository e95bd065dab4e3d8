"""Web push: encrypted for one browser (RFC 8291), signed for its push service (RFC 8292).

What the push service keeps until the browser is there, it keeps no longer than the safe hour.
"""

import json
import os
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.chassis.clock import real_now
from services.messages.addresses import Subscription
from services.messages.channels.outlet import Later, Parcel, Refused, Result, of_status

if TYPE_CHECKING:
    import httpx

TIMEOUT_SECONDS = 10.0
TOKEN_SECONDS = 12 * 3600
# RFC 8030: a push service need not take more than 4096 bytes, of which encryption has 103.
MOST_BYTES = 3900
RECORD_BYTES = 4096
ENDED = frozenset({404, 410})


@dataclass
class WebPush:
    """All push services. hosts: those that may be written to; a subscription is given by anybody.
    plain_http: only for a push service of a test."""

    key: ec.EllipticCurvePrivateKey = field(repr=False)
    subject: str
    hosts: tuple[str, ...]
    plain_http: bool = False

    # The browser names the site that a notification comes from.
    can_be_neutral = False

    @cached_property
    def _client(self) -> "httpx.Client":
        import httpx

        return httpx.Client(timeout=TIMEOUT_SECONDS)

    @cached_property
    def public_key(self) -> str:
        """What a page subscribes with (applicationServerKey)."""
        return _text(_point(self.key.public_key()))

    def send(self, parcel: Parcel) -> Result:
        import httpx

        to = Subscription.of(parcel.address)
        if not self._may_write_to(to.endpoint):
            return Refused("push_host", of_address=True, has_ended=True)
        seconds = max(0, int((parcel.until - real_now()).total_seconds()))
        headers = {
            "content-encoding": "aes128gcm",
            "content-type": "application/octet-stream",
            "ttl": str(seconds),
            # A repeat takes the place of what was not delivered yet.
            "topic": parcel.key.replace("-", "")[:32],
            "authorization": self._authorization(to.endpoint),
        }
        body = encrypted(_payload(parcel), to)
        try:
            answer = self._client.post(to.endpoint, content=body, headers=headers)
        except httpx.TransportError:
            # Each browser has its own push service: the others may be there.
            return Later("push_away")
        found = of_status(answer.status_code, answer.headers.get("retry-after", ""), ENDED)
        if isinstance(found, Refused) and found.of_address:
            return replace(found, has_ended=True)
        return found

    def close(self) -> None:
        if "_client" in vars(self):
            self._client.close()

    def _may_write_to(self, endpoint: str) -> bool:
        parts = urlsplit(endpoint)
        host = parts.hostname or ""
        if parts.scheme != "https" and not self.plain_http:
            return False
        return any(
            host.endswith(name) if name.startswith(".") else host == name for name in self.hosts
        )

    def _authorization(self, endpoint: str) -> str:
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int(real_now().timestamp()) + TOKEN_SECONDS,
            "sub": self.subject,
        }
        token = jwt.encode(claims, self.key, algorithm="ES256")
        return f"vapid t={token}, k={self.public_key}"


def _payload(parcel: Parcel) -> bytes:
    """What the page's worker shows; a long text is cut, since it can be read on the page."""
    told = {"id": parcel.key, "title": parcel.subject, "lang": parcel.language}
    room = MOST_BYTES - len(_json({**told, "body": "…"}))
    text = parcel.text
    while len(_json({"body": text})) > room:
        text = text[: len(text) * 9 // 10]
    return _json({**told, "body": text if text == parcel.text else f"{text}…"})


def _json(told: dict[str, str]) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode()


def encrypted(
    payload: bytes,
    to: Subscription,
    own: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes = b"",
) -> bytes:
    """RFC 8291, one record of RFC 8188; key and salt are fresh but for the RFC's own example."""
    own, salt = own or ec.generate_private_key(ec.SECP256R1()), salt or os.urandom(16)
    mine = _point(own.public_key())
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), to.key)
    shared = own.exchange(ec.ECDH(), theirs)
    secret = _derived(shared, to.secret, b"WebPush: info\0" + to.key + mine, 32)
    key = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
    head = salt + RECORD_BYTES.to_bytes(4, "big") + bytes([len(mine)]) + mine
    # 2: the last record.
    return head + AESGCM(key).encrypt(nonce, payload + b"\x02", None)


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    form = serialization.PublicFormat.UncompressedPoint
    return key.public_bytes(serialization.Encoding.X962, form)


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
