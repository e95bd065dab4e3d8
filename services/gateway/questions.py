"""The common questions that the page answers above the form, as complaint has them.

The form never waits for them: what was read is kept for a minute, and where complaint does not
answer at once the form is shown without.
"""

import asyncio
from collections.abc import Sequence
from time import monotonic

from estafet.complaint.v1 import service_pb2 as pb
from starlette.requests import Request

from services.gateway.door import Door
from services.gateway.languages import language_of
from services.gateway.problems import Problem
from services.gateway.rpcs import Rpc

KEPT_SECONDS = 60.0
TRIED_AGAIN_SECONDS = 5.0
PATIENCE_SECONDS = 0.5


class Questions:
    """The pages that answer a question, by language."""

    def __init__(self, door: Door, rpc: Rpc) -> None:
        self._door = door
        self._rpc = rpc
        self._kept: dict[str, Sequence[pb.PageSummary]] = {}
        self._until: dict[str, float] = {}

    async def of(self, request: Request) -> Sequence[pb.PageSummary]:
        """Them in the reader's language; none where they are not known."""
        language = language_of(request)
        if monotonic() >= self._until.get(language, 0.0):
            await self._read(request, language)
        return self._kept.get(language, ())

    async def _read(self, request: Request, language: str) -> None:
        # Others that come meanwhile have what is kept, and do not ask as well.
        self._until[language] = monotonic() + TRIED_AGAIN_SECONDS
        asked = pb.ListPagesRequest(language=language)
        try:
            call = self._door.call(self._rpc, asked, request)
            answer = await asyncio.wait_for(call, PATIENCE_SECONDS)
        except (Problem, TimeoutError):
            return
        assert isinstance(answer, pb.ListPagesResponse)  # noqa: S101 - its own rpc's answer
        self._kept[language] = [page for page in answer.pages if page.question]
        self._until[language] = monotonic() + KEPT_SECONDS
