"""The page of the morning: what clocks end by the end of a day, and what each party owes.

It is for officers: whoever presents a token as Bearer is shown what insight shows them. Like the
page for people it needs no script and keeps nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date

from estafet.common.v1.party_pb2 import Party
from estafet.insight.v1 import service_pb2 as pb
from fastapi import FastAPI
from google.protobuf.timestamp_pb2 import Timestamp
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.door import Door
from services.gateway.languages import day, instant, language_of
from services.gateway.paths import serve
from services.gateway.problems import Problem
from services.gateway.rpcs import Rpc
from services.gateway.showing import show_page

GET_MORNING = "estafet.insight.v1.InsightService/GetMorning"
PATH = "/morning"
LISTS = ("offers", "results", "parties")


def add_morning(app: FastAPI, door: Door, rpcs: Sequence[Rpc]) -> None:
    """/morning, if insight is behind this door."""
    found = [rpc for rpc in rpcs if rpc.name == GET_MORNING]
    if found:
        serve(app, PATH, {"GET": MorningPage(door, found[0]).show})


class MorningPage:
    """The page's answers."""

    def __init__(self, door: Door, rpc: Rpc) -> None:
        self._door = door
        self._rpc = rpc

    async def show(self, request: Request) -> Response:
        """The morning of `?date=`, or of today."""
        wanted = request.query_params.get("date", "")
        try:
            answer = await self._door.call(self._rpc, pb.GetMorningRequest(date=wanted), request)
        except Problem as problem:
            return self._html(request, {"trouble": _trouble(problem)}, problem)
        assert isinstance(answer, pb.GetMorningResponse)  # noqa: S101 - its own rpc's answer
        return self._html(request, _shown(answer, language_of(request)))

    def _html(
        self, request: Request, shown: Mapping[str, object], problem: Problem | None = None
    ) -> Response:
        nothing = {"trouble": "", "date": "", "day": "", "total": 0, **dict.fromkeys(LISTS, ())}
        values = {**nothing, **shown, "request_id": request.state.request_id}
        return show_page(self._door, request, "morning.html", problem, at=PATH, **values)


def _trouble(problem: Problem) -> str:
    """Which of the page's words say what is wrong."""
    if problem.status in {401, 403}:
        return "refused"
    if problem.status == 400:
        return "no_day"
    return "down" if problem.status in {429, 503, 504} else "unexpected"


def _shown(answer: pb.GetMorningResponse, language: str) -> dict[str, object]:
    def told(at: Timestamp) -> str:
        return instant(at.ToDatetime(UTC), language) if at.ByteSize() else ""

    return {
        "date": answer.date,
        "day": day(date.fromisoformat(answer.date), language),
        "total": answer.total,
        "offers": [
            {
                "clock": told(offer.clock),
                "kind": offer.kind,
                "matter_id": offer.matter_id,
                "holder": party(offer.giver),
                "waits_for": party(offer.giver if offer.asked else offer.receiver),
                "asked": offer.asked,
            }
            for offer in answer.offers
        ],
        "results": [
            (told(result.answer_by), party(result.ministry), result.matter_id)
            for result in answer.results
        ],
        "parties": [(party(owed.party), told(owed.held_since), owed) for owed in answer.parties],
    }


def party(of: Party) -> str:
    """A party in one line: organisation and unit, and which service speaks for it."""
    names = " / ".join(part for part in (of.organisation, of.unit) if part)
    return f"{names} ({of.service})"
