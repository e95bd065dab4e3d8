"""A service's own token, by which it calls its neighbours: `service:<name>`.

It is bought with the service's client secret at the identity server (OAuth 2 client credentials),
and kept until shortly before it expires.
"""

import json
import threading
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode

from services.chassis.clock import monotonic
from services.chassis.errors import Unavailable
from services.chassis.settings import Settings

EARLY_SECONDS = 60.0
FETCH_SECONDS = 3.0

Fetch = Callable[[float], Mapping[str, Any]]


@dataclass
class ServiceToken:
    """The token of this process. `fetch` gets it anew, within so many seconds."""

    fetch: Fetch
    now: Callable[[], float] = monotonic
    _token: str = ""
    _good_until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, seconds: float) -> str:
        """A token that is good for a call. Unavailable IDENTITY_DOWN: none can be had in time."""
        if self.now() < self._good_until:
            return self._token
        if not self._lock.acquire(timeout=seconds):
            raise _down()
        try:
            if self.now() >= self._good_until:
                self._refresh(seconds)
            return self._token
        finally:
            self._lock.release()

    def _refresh(self, seconds: float) -> None:
        asked_at = self.now()
        try:
            answer = self.fetch(min(seconds, FETCH_SECONDS))
            token, life = str(answer["access_token"]), float(answer["expires_in"])
        except (OSError, HTTPException, ValueError, KeyError) as error:
            raise _down() from error
        self._token, self._good_until = token, asked_at + max(life - EARLY_SECONDS, life / 2)


def _down() -> Unavailable:
    return Unavailable("the identity server gives no token", reason="IDENTITY_DOWN")


def fetch_with(settings: Settings, client_id: str, kept_in: str = "client_secret") -> Fetch:
    """A fetch that signs in as a client, whose secret lies in the file of that name."""
    form = {
        "grant_type": "client_credentials",
        "client_id": client_id,
        "client_secret": settings.secret(kept_in),
    }
    body = urlencode(form).encode()

    def fetch(seconds: float) -> Mapping[str, Any]:
        url = settings.identity_token_url
        with urllib.request.urlopen(url, body, timeout=seconds) as answer:  # noqa: S310 - the operator's url
            document: Mapping[str, Any] = json.load(answer)
        return document

    return fetch
