"""People, who know HTTP and nothing else."""

from __future__ import annotations

import uuid
from typing import Any

import httpx

# What is no command.
WITHOUT_REQUEST_ID = frozenset({"/v1/access", "/v1/clarifications:open", "/v1/files:open"})


class Refused(Exception):
    """The door said no: `reason` for programs, and the whole answer."""

    def __init__(self, answer: httpx.Response) -> None:
        body = answer.json()
        super().__init__(f"{answer.status_code} {body.get('reason')}: {body.get('detail')}")
        self.answer = answer
        self.status = answer.status_code
        self.reason = str(body.get("reason", ""))


class Person:
    """Calls through the door, with a token or without, from an address of their own."""

    def __init__(self, url: str, token: str, address: str) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        transport = httpx.HTTPTransport(local_address=address)
        self.token = token
        self.client = httpx.Client(base_url=url, headers=headers, transport=transport, timeout=15)
        self.answers: list[httpx.Response] = []

    @property
    def trace_id(self) -> str:
        """The trace of the last act."""
        return self.answers[-1].headers["X-Trace-Id"]

    def get(self, path: str, **parameters: str) -> Any:
        """The answer's document; Refused."""
        return self._told(self.client.get(path, params=parameters))

    def post(self, path: str, **fields: Any) -> Any:
        """Act once: under a fresh request_id unless one is given; Refused."""
        if path not in WITHOUT_REQUEST_ID:
            fields.setdefault("request_id", str(uuid.uuid4()))
        return self._told(self.client.post(path, json=fields))

    def _told(self, answer: httpx.Response) -> Any:
        self.answers.append(answer)
        if answer.is_error:
            raise Refused(answer)
        return answer.json()


def refusal(person: Person, path: str, **fields: Any) -> str:
    """The reason why an act is refused; AssertionError when it is not."""
    try:
        person.post(path, **fields)
    except Refused as refused:
        return refused.reason
    raise AssertionError(f"{path} was allowed")
