"""The door as the demo's people use it: HTTP, every command safe to repeat.

A call that meets a restart (503, 429, a broken connection) is made again with the same request_id
until it is answered, so that trouble during the demo only delays it.
"""

import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import httpx

PATIENCE_SECONDS = 600.0
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
TOKEN_SECONDS = 480.0
AGAIN = frozenset({429, 502, 503, 504})


class DemoFailed(Exception):
    """The demo met what it may not meet: what was asked, and what was answered."""


@dataclass(frozen=True)
class Addresses:
    """Where the door and the token issuer answer, and where the officers' secrets lie."""

    door: str
    issuer: str
    secrets: Path


class Door:
    """Calls through the gateway by many threads, each with a connection of its own."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._tokens: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()
        self._local = threading.local()
        self._clients: list[httpx.Client] = []
        self.calls = self.repeats = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for client in self._clients:
            client.close()

    def command(self, path: str, body: Mapping[str, object], officer: str = "") -> dict[str, Any]:
        """POST a command under a request_id of its own; DemoFailed if it is refused."""
        named = {"request_id": str(uuid.uuid4()), **body}
        return self._answered("POST", path, officer, json=named)

    def ask(self, path: str, query: Mapping[str, str | int], officer: str) -> dict[str, Any]:
        """GET a page of a list."""
        return self._answered("GET", path, officer, params=dict(query))

    def _answered(self, method: str, path: str, officer: str, **rest: Any) -> dict[str, Any]:
        deadline, pause = time.monotonic() + PATIENCE_SECONDS, FIRST_PAUSE
        while True:
            self.calls += 1
            trouble = self._try(method, path, officer, rest)
            if isinstance(trouble, dict):
                return trouble
            if time.monotonic() > deadline:
                raise DemoFailed(f"{method} {path}: {trouble} for {PATIENCE_SECONDS:.0f} s")
            self.repeats += 1
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _try(
        self, method: str, path: str, officer: str, rest: Mapping[str, Any]
    ) -> dict[str, Any] | str:
        """The answer, or why the call has to be made again."""
        try:
            headers = {"Authorization": f"Bearer {self._token(officer)}"} if officer else {}
            answer = self._client().request(
                method, self._addresses.door + path, headers=headers, **rest
            )
        except httpx.TransportError as error:
            return type(error).__name__
        if answer.status_code in AGAIN:
            return str(answer.status_code)
        if answer.status_code != httpx.codes.OK:
            raise DemoFailed(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        found: dict[str, Any] = answer.json()
        return found

    def _client(self) -> httpx.Client:
        client: httpx.Client | None = getattr(self._local, "client", None)
        if client is None:
            client = self._local.client = httpx.Client(timeout=30.0)
            with self._lock:
                self._clients.append(client)
        return client

    def _token(self, officer: str) -> str:
        """An officer's token, renewed well before its end."""
        with self._lock:
            token, until = self._tokens.get(officer, ("", 0.0))
            if time.monotonic() >= until:
                token = self._sign_in(officer)
                self._tokens[officer] = token, time.monotonic() + TOKEN_SECONDS
            return token

    def _sign_in(self, officer: str) -> str:
        secret = (self._addresses.secrets / "identity" / officer).read_text().strip()
        form = {
            "grant_type": "client_credentials",
            "client_id": officer,
            "client_secret": secret,
        }
        answer = httpx.post(f"{self._addresses.issuer}/token", data=form)
        if answer.status_code != httpx.codes.OK:
            raise DemoFailed(f"no token for {officer}: {answer.status_code}")
        return str(answer.json()["access_token"])
