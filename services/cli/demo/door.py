"""The door as the demo's people use it: HTTP, every command safe to repeat.

A call that meets a restart (503, 429, a broken connection) is made again with the same request_id
until it is answered, so that trouble during the demo only delays it.
"""

import json
import threading
import time
import uuid
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

PATIENCE_SECONDS = 600.0
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
TOKEN_SECONDS = 480.0
TRY_SECONDS = 30.0
AGAIN = frozenset({429, 502, 503, 504})


class DemoFailed(Exception):
    """The demo met what it may not meet: what was asked, and what was answered."""


@dataclass(frozen=True)
class Addresses:
    """Where the door and the token issuer answer, and where the officers' secrets lie."""

    door: str
    issuer: str
    secrets: Path


@dataclass(frozen=True)
class Own:
    """The token of somebody who has come in by a secret of their own."""

    token: str


# An officer by name, or somebody with a token; "": anybody.
Who = str | Own


class Door:
    """Calls through the gateway by many threads, each with a connection of its own.

    By the standard library: of the processor time of a year's calls httpx took three quarters.
    """

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._tokens: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()
        self._local = threading.local()
        self._connections: list[HTTPConnection] = []
        self.calls = self.repeats = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for connection in self._connections:
            connection.close()

    def command(self, path: str, body: Mapping[str, object], who: Who = "") -> dict[str, Any]:
        """POST a command under a request_id of its own; DemoFailed if it is refused."""
        named = {"request_id": str(uuid.uuid4()), **body}
        return self._answered("POST", path, who, json.dumps(named).encode())

    def ask(self, path: str, query: Mapping[str, str | int], who: Who) -> dict[str, Any]:
        """GET a page of a list, or one thing."""
        return self._answered("GET", f"{path}?{urlencode(query)}", who)

    def enter(self, path: str, secret: Mapping[str, str]) -> Own:
        """Come in by a secret. A link opens once: should its answer be lost, that is not repeated
        and the demo ends."""
        told = self._answered("POST", path, "", json.dumps(dict(secret)).encode())
        return Own(str(told["token"]))

    def _answered(
        self, method: str, path: str, who: Who, body: bytes | None = None
    ) -> dict[str, Any]:
        deadline, pause = time.monotonic() + PATIENCE_SECONDS, FIRST_PAUSE
        while True:
            self.calls += 1
            trouble = self._try(method, path, who, body)
            if isinstance(trouble, dict):
                return trouble
            if time.monotonic() > deadline:
                raise DemoFailed(f"{method} {path}: {trouble} for {PATIENCE_SECONDS:.0f} s")
            self.repeats += 1
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _try(self, method: str, path: str, who: Who, body: bytes | None) -> dict[str, Any] | str:
        """The answer, or why the call has to be made again."""
        connection = self._connection()
        headers = {"Content-Type": "application/json"} if body is not None else {}
        try:
            if who:
                token = who.token if isinstance(who, Own) else self._token(who)
                headers["Authorization"] = f"Bearer {token}"
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            told = answer.read()
        except (HTTPException, OSError) as error:
            connection.close()  # the next call opens it anew
            return type(error).__name__
        if answer.status in AGAIN:
            return str(answer.status)
        if answer.status != HTTPStatus.OK:
            raise DemoFailed(
                f"{method} {path}: {answer.status} {told[:500].decode(errors='replace')}"
            )
        found: dict[str, Any] = json.loads(told)
        return found

    def _connection(self) -> HTTPConnection:
        connection: HTTPConnection | None = getattr(self._local, "connection", None)
        if connection is None:
            at = urlsplit(self._addresses.door).netloc
            connection = self._local.connection = HTTPConnection(at, timeout=TRY_SECONDS)
            with self._lock:
                self._connections.append(connection)
        return connection

    def _token(self, officer: str) -> str:
        """An officer's token, renewed well before its end."""
        with self._lock:
            token, until = self._tokens.get(officer, ("", 0.0))
            if time.monotonic() >= until:
                token = self._sign_in(officer)
                self._tokens[officer] = token, time.monotonic() + TOKEN_SECONDS
            return token

    def _sign_in(self, officer: str) -> str:
        path = self._addresses.secrets / "identity" / officer
        try:
            secret = path.read_text().strip()
        except OSError as error:
            raise DemoFailed(f"no secret of {officer} to sign in with: {error}") from error
        form = {
            "grant_type": "client_credentials",
            "client_id": officer,
            "client_secret": secret,
        }
        issuer = urlsplit(self._addresses.issuer)
        with closing(HTTPConnection(issuer.netloc, timeout=TRY_SECONDS)) as connection:
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", f"{issuer.path}/token", urlencode(form), kind)
            answer = connection.getresponse()
            if answer.status != HTTPStatus.OK:
                raise DemoFailed(f"no token for {officer}: {answer.status}")
            return str(json.loads(answer.read())["access_token"])
