"""The fake of a neighbour, held to the real one by one suite (tests/chassis/test_client.py)."""

from collections.abc import Mapping
from typing import TypeVar, cast

from google.protobuf.message import Message

from services.chassis.client import method_of

A = TypeVar("A", bound=Message)


class FakeNeighbour:
    """Answers by the type of the request, or raises what stands there; `asked` keeps them all."""

    def __init__(self, peer: str, answers: Mapping[type[Message], Message | Exception]) -> None:
        self.asked: list[Message] = []
        self._peer = peer
        self._answers = answers

    def call(self, request: Message, answer: type[A]) -> A:
        method_of(self._peer, request, answer)
        self.asked.append(request)
        told = self._answers[type(request)]
        if isinstance(told, Exception):
            raise told
        return cast("A", told)
