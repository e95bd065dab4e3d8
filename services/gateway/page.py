"""The page for people: file a complaint, follow it, ask why.

It calls the same RPCs as the JSON routes, under the same limits, needs no script, and keeps
nothing: no cookie, no session.
"""

from collections.abc import Sequence
from datetime import UTC

from estafet.complaint.v1 import service_pb2 as pb
from fastapi import FastAPI
from google.protobuf.timestamp_pb2 import Timestamp
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.bodies import FORM_TYPE
from services.gateway.door import Door
from services.gateway.following import AGAIN, SERVICE, FamilyPage
from services.gateway.forms import (
    ASKING,
    FILING,
    FOLLOWING,
    NO_ANSWER,
    Form,
    empty_form,
    read_form,
    refuse_foreign,
)
from services.gateway.languages import countries, instant, language_of
from services.gateway.paths import serve
from services.gateway.problems import Problem
from services.gateway.questions import Questions
from services.gateway.rpcs import Rpc

REPORTERS = frozenset(value.name for value in pb.Reporter.DESCRIPTOR.values)


def add_page(app: FastAPI, door: Door, rpcs: Sequence[Rpc]) -> None:
    """/, /follow and /follow/why, if the complaint deputy is behind this door."""
    if f"{SERVICE}/FileComplaint" not in {rpc.name for rpc in rpcs}:
        return
    page = Page(door, rpcs)
    serve(app, "/", {"GET": page.blank, "POST": page.file})
    serve(app, "/follow", {"GET": page.ask, "POST": page.follow})
    serve(app, "/follow/why", {"GET": page.ask, "POST": page.why})


class Page(FamilyPage):
    """The page's answers."""

    def __init__(self, door: Door, rpcs: Sequence[Rpc]) -> None:
        super().__init__(door, rpcs)
        self._questions = Questions(door, self._rpcs[f"{SERVICE}/ListPages"])

    async def blank(self, request: Request) -> Response:
        """An empty complaint form, below the answers to what many ask."""
        questions = await self._questions.of(request)
        return self._filing_form(request, empty_form(FILING), questions=questions)

    async def file(self, request: Request) -> Response:
        """File what was typed; number and secret are shown here and nowhere else."""
        refuse_foreign(request)
        form = read_form(FILING, await self._door.body(request, FORM_TYPE))
        try:
            filed = await self._call("FileComplaint", filing(form), request)
        except Problem as problem:
            return self._filing_form(request, form, problem)
        assert isinstance(filed, pb.FileComplaintResponse)  # noqa: S101 - its own rpc's answer
        shown = {"filed": filed, "written": in_fours(filed.secret)}
        return self._html(request, "filed.html", "/", shown)

    async def follow(self, request: Request) -> Response:
        """Buy a short token with number and secret, use it for the status, forget it."""
        refuse_foreign(request)
        form = read_form(FOLLOWING, await self._door.body(request, FORM_TYPE))
        try:
            access = await self._open(form, request)
            asked = pb.GetStatusRequest(
                complaint_id=access.complaint_id, language=language_of(request)
            )
            status = await self._call("GetStatus", asked, request, f"Bearer {access.token}")
        except Problem as problem:
            return self._ask_again(request, form, problem)
        assert isinstance(status, pb.GetStatusResponse)  # noqa: S101 - idem
        return self._status(request, status, form)

    async def why(self, request: Request) -> Response:
        """What was done and by which rule, once a question that was typed is sent."""
        refuse_foreign(request)
        form = read_form(ASKING, await self._door.body(request, FORM_TYPE))
        wrong: Problem | None = None
        try:
            access = await self._open(form, request)
            own, complaint_id = f"Bearer {access.token}", access.complaint_id
            if asks := form.values["asks"]:
                wrong = await self._ask_why(form, complaint_id, request, own)
            wanted = pb.GetReasonsRequest(complaint_id=complaint_id, language=language_of(request))
            told = await self._call("GetReasons", wanted, request, own)
        except Problem as problem:
            if form.values["text"] and problem.status in AGAIN:
                unread: dict[str, object] = {"form": form, "sent": False, "reasons": None}
                return self._html(request, "why.html", "/follow", unread, problem)
            return self._ask_again(request, form, problem)
        assert isinstance(told, pb.GetReasonsResponse)  # noqa: S101 - its own rpc's answer
        shown: dict[str, object] = {"form": form, "sent": bool(asks) and wrong is None}
        shown["reasons"] = [
            (each.text, each.rule, _told(each.done_at, language_of(request)))
            for each in told.reasons
        ]
        return self._html(request, "why.html", "/follow", shown, wrong)

    async def _ask_why(
        self, form: Form, complaint_id: str, request: Request, own: str
    ) -> Problem | None:
        """Send a question; what is wrong with it."""
        text, request_id = form.values["text"], form.values["request_id"]
        asked = pb.AskWhyRequest(complaint_id=complaint_id, text=text, request_id=request_id)
        try:
            await self._call("AskWhy", asked, request, own)
        except Problem as problem:
            return problem
        form.values.update(empty_form(("text", "request_id")).values)
        return None

    def _status(self, request: Request, status: pb.GetStatusResponse, form: Form) -> Response:
        language = language_of(request)
        shown = {
            "matter": status,
            "stage": pb.Stage.Name(status.stage),
            "held_since": _told(status.held_since, language),
            "due_at": _told(status.due_at, language),
            "answers": [(each.text, _told(each.answered_at, language)) for each in status.answers],
            "form": form,
        }
        return self._html(request, "status.html", "/follow", shown)

    def _filing_form(
        self,
        request: Request,
        form: Form,
        problem: Problem | None = None,
        questions: Sequence[pb.PageSummary] = (),
    ) -> Response:
        shown: dict[str, object] = {"form": form, "hotline": self._door.settings.hotline}
        shown["questions"] = questions
        shown["countries"] = countries(language_of(request))
        return self._html(request, "file.html", "/", shown, problem)


def _told(at: Timestamp, language: str) -> str:
    return instant(at.ToDatetime(UTC), language) if at.ByteSize() else ""


def in_fours(secret: str) -> str:
    """A secret as one writes it down; complaint does not mind the spaces."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def filing(form: Form) -> pb.FileComplaintRequest:
    """The request that a filled-in form is. An unknown reporter counts as no answer."""
    values = dict(form.values)
    urgent = bool(values.pop("urgent"))
    reporter = values.pop("reporter") or NO_ANSWER
    known = reporter in REPORTERS
    request = pb.FileComplaintRequest(
        channel=pb.CHANNEL_WEB,
        reporter=pb.Reporter.Value(reporter) if known else pb.REPORTER_UNSPECIFIED,
        urgent=urgent,
    )
    for name, value in values.items():
        setattr(request, name, value)
    return request
