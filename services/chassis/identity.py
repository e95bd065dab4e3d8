"""Who calls: signed tokens, checked against the issuer's published keys (JWKS).

The algorithm is fixed (ES256), audience and expiry are checked with a minute's leeway. Keys are
cached; an unknown key id is looked up again at most once a minute, so two keys may overlap while
the issuer changes them. Known keys are looked up again when they are ten minutes old, so one that
the issuer withdraws stops counting; while the issuer is down they count for an hour.
"""

import hashlib
import hmac
import json
import logging
import math
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from http.client import HTTPException
from typing import Any

import jwt

from services.chassis.clock import monotonic
from services.chassis.errors import Unauthenticated, Unavailable

log = logging.getLogger(__name__)
ALGORITHM = "ES256"
LEEWAY_SECONDS = 60
REFETCH_SECONDS = 60
FRESH_SECONDS = 10 * 60
OLDEST_SECONDS = 60 * 60
DOWN_SECONDS = 2
# Officers' pages and services call many times with one token: it is read and verified once.
KNOWN_TOKENS = 2048
FETCH_TIMEOUT_SECONDS = 3
COMPLAINANT = "complainant"


@dataclass(frozen=True)
class Caller:
    """Somebody who calls an rpc. `matter_id` is set for a service's own tokens only.

    `service` and `organisation` are those of the party (`handover`) that an officer works for.
    """

    subject: str
    roles: frozenset[str] = frozenset()
    service: str = ""
    organisation: str = ""
    unit: str = ""
    matter_id: str = ""

    @classmethod
    def of_service(cls, service: str) -> "Caller":
        """A service that acts by itself: in a reaction, by a clock, in a delivery."""
        return cls(f"service:{service}", frozenset({"service"}))


PUBLIC = Caller("public")


@dataclass
class PublishedKeys:
    """The keys that an issuer publishes, fetched when needed."""

    fetch: Callable[[], Mapping[str, Any]]
    _keys: dict[str, Any] = field(default_factory=dict)
    now: Callable[[], float] = monotonic
    _next_fetch: float = 0.0
    _fetched_at: float = -math.inf
    _down: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key_id: str) -> Any:
        """The key of an id; Unauthenticated when the issuer does not publish it."""
        age = self._age()
        if key_id not in self._keys or age >= OLDEST_SECONDS:
            with self._lock:
                if key_id not in self._keys or self._age() >= OLDEST_SECONDS:
                    self._refresh()
        elif age >= FRESH_SECONDS:
            self._refresh_beside()
        key = self._keys.get(key_id)
        if key is not None and self._age() < OLDEST_SECONDS:
            return key
        if self._down:
            raise _down()
        raise Unauthenticated("the token is signed with an unknown key", reason="UNKNOWN_KEY")

    def _age(self) -> float:
        return self.now() - self._fetched_at

    def _refresh_beside(self) -> None:
        """Look again, one caller at a time: the others use what is there, as all do in trouble."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            self._refresh()
        except Unavailable:
            log.warning("keys are not fresh", extra={"age_seconds": round(self._age())})
        finally:
            self._lock.release()

    def _refresh(self) -> None:
        if self.now() < self._next_fetch:
            return
        # While the issuer is down no queue of callers may wait for it one after the other.
        self._next_fetch = self.now() + DOWN_SECONDS
        try:
            keys = jwt.PyJWKSet.from_dict(dict(self.fetch())).keys
        except (OSError, HTTPException, ValueError, jwt.PyJWTError) as error:
            self._down = True
            raise _down() from error
        self._down = False
        self._fetched_at = self.now()
        self._next_fetch = self._fetched_at + REFETCH_SECONDS
        self._keys = {str(key.key_id): key for key in keys}


def _down() -> Unavailable:
    return Unavailable("the identity server does not answer", reason="IDENTITY_DOWN")


def fetch_from(url: str) -> Callable[[], Mapping[str, Any]]:
    """A fetch of a JWKS document over HTTP."""

    def fetch() -> Mapping[str, Any]:
        with urllib.request.urlopen(url, timeout=FETCH_TIMEOUT_SECONDS) as answer:  # noqa: S310 - the operator's url
            document: Mapping[str, Any] = json.load(answer)
        return document

    return fetch


@dataclass(frozen=True)
class Identity:
    """Checks tokens of every issuer that a service trusts: the identity server and itself."""

    audience: str
    issuers: Mapping[str, PublishedKeys]
    # Unix time: what tokens are dated in.
    now: Callable[[], float] = time.time

    def caller(self, token: str) -> Caller:
        """The caller that a token names; Unauthenticated says what is wrong with it."""
        issuer, key_id = _named(token)
        keys = self.issuers.get(issuer)
        if keys is None:
            raise Unauthenticated("the token's issuer is not trusted", reason="UNKNOWN_ISSUER")
        caller, expires_at = _verified(token, keys.get(key_id), self.audience, issuer)
        if expires_at + LEEWAY_SECONDS <= self.now():
            raise _expired()
        return caller


@lru_cache(KNOWN_TOKENS)
def _named(token: str) -> tuple[str, str]:
    """The issuer and the key id that a token names, not verified."""
    try:
        read = jwt.decode_complete(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        raise Unauthenticated("the token cannot be read", reason="BAD_TOKEN") from None
    return str(read["payload"].get("iss", "")), str(read["header"].get("kid", ""))


@lru_cache(KNOWN_TOKENS)
def _verified(token: str, key: Any, audience: str, issuer: str) -> tuple[Caller, float]:
    """The caller of a good token and when it expires (Unix time).

    A refusal is not remembered. A key that is fetched anew is another object, and every token
    that it signed is verified anew.
    """
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=audience,
            issuer=issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "sub", "aud", "iss"]},
        )
    except jwt.ExpiredSignatureError:
        raise _expired() from None
    except jwt.InvalidAudienceError:
        raise Unauthenticated(
            "the token is for another audience", reason="WRONG_AUDIENCE"
        ) from None
    except jwt.InvalidTokenError:
        raise Unauthenticated("the token is not valid", reason="BAD_TOKEN") from None
    return _caller(claims), float(claims["exp"])


def _expired() -> Unauthenticated:
    return Unauthenticated("the token has expired", reason="TOKEN_EXPIRED")


def _caller(claims: Mapping[str, Any]) -> Caller:
    return Caller(
        subject=str(claims["sub"]),
        roles=frozenset(map(str, claims.get("roles", ()))),
        service=str(claims.get("service", "")),
        organisation=str(claims.get("organisation", "")),
        unit=str(claims.get("unit", "")),
        matter_id=str(claims.get("matter_id", "")),
    )


@dataclass(frozen=True)
class OwnTokens:
    """Short tokens that a service issues itself, for somebody's own matter."""

    service: str
    audience: str
    private_key: str

    @property
    def issuer(self) -> str:
        """The `iss` of these tokens."""
        return f"estafet:{self.service}"

    def issue(
        self,
        matter_id: str,
        now: datetime,
        expires_at: datetime,
        role: str = COMPLAINANT,
        subject: str = "",
    ) -> str:
        """A token for one matter, a complainant's unless another role is named; both instants are
        real time."""
        claims = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": f"{role}:{subject or matter_id}",
            "roles": [role],
            "matter_id": matter_id,
            "iat": now,
            "exp": expires_at,
        }
        return jwt.encode(claims, self.private_key, ALGORITHM, headers={"kid": self.service})

    def published(self) -> PublishedKeys:
        """The public half, for this service's own Identity."""
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        public = load_pem_private_key(self.private_key.encode(), None).public_key()
        key = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(public))  # type: ignore[arg-type] # an EC key by construction
        document = {"keys": [key | {"kid": self.service, "alg": ALGORITHM}]}
        return PublishedKeys(lambda: document)


def keyed_hash(key: str, *parts: str) -> bytes:
    """HMAC-SHA-256 of the parts, each with its length so that no two lists collide."""
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()


def same(one: bytes, other: bytes) -> bool:
    """Equality in constant time."""
    return hmac.compare_digest(one, other)
