"""The page for a placement agency that was invited: see, answer, hand in files, ask for another
date, object.

It calls the same RPCs as the JSON routes, under the same limits, needs no script, and keeps
nothing: the token lies in the page's own forms, the link is only ever typed into one. Neither is in
an address, so no log has them.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from typing import Any
from uuid import uuid4

from estafet.complaint.v1 import service_pb2 as pb
from fastapi import FastAPI
from google.protobuf.message import Message
from starlette.requests import Request
from starlette.responses import Response

from services.gateway import agency_forms as forms
from services.gateway.agency_forms import KEY, Key, link_in, read_upload, tell
from services.gateway.bodies import FORM_TYPE
from services.gateway.door import Door
from services.gateway.forms import Form, empty_form, read_form, refuse_foreign
from services.gateway.languages import TEXTS, instant, language_of
from services.gateway.paths import serve
from services.gateway.problems import Problem
from services.gateway.rpcs import Rpc
from services.gateway.showing import show_page

PATH = "/klarifikasi"
SERVICE = "estafet.complaint.v1.ComplaintService"
Make = Callable[[Form, Key], Message]


def add_agency_page(app: FastAPI, door: Door, rpcs: Sequence[Rpc]) -> None:
    """/klarifikasi, if the complaint deputy is behind this door."""
    by_name = {rpc.name: rpc for rpc in rpcs}
    if f"{SERVICE}/OpenClarification" not in by_name:
        return
    page = AgencyPage(door, by_name)
    serve(app, PATH, {"GET": page.blank, "POST": page.open})
    serve(app, f"{PATH}/lihat", {"POST": page.again})
    serve(app, f"{PATH}/jawaban", {"POST": page.answer})
    serve(app, f"{PATH}/tanggal", {"POST": page.ask_date})
    serve(app, f"{PATH}/keberatan", {"POST": page.object_to})
    serve(app, f"{PATH}/berkas", {"POST": page.add_file})


class AgencyPage:
    """The page's answers."""

    def __init__(self, door: Door, rpcs: Mapping[str, Rpc]) -> None:
        self._door = door
        self._rpcs = rpcs

    async def blank(self, request: Request) -> Response:
        """An empty form for the link."""
        return self._ask_for_link(request, empty_form(forms.OPENING))

    async def open(self, request: Request) -> Response:
        """Use the link, which opens once."""
        refuse_foreign(request)
        form = read_form(forms.OPENING, await self._door.body(request, FORM_TYPE))
        clarification_id, secret = link_in(form.values["link"])
        wanted = pb.OpenClarificationRequest(clarification_id=clarification_id, secret=secret)
        try:
            opened = await self._call("OpenClarification", wanted, request)
        except Problem as problem:
            return self._ask_for_link(request, form, _as_link(problem))
        assert isinstance(opened, pb.OpenClarificationResponse)  # noqa: S101 - its own rpc's answer
        return await self._show(request, Key(opened.clarification_id, opened.token))

    async def again(self, request: Request) -> Response:
        """The invitation as it stands now."""
        refuse_foreign(request)
        form = read_form(KEY, await self._door.body(request, FORM_TYPE))
        return await self._show(request, Key.of(form))

    async def answer(self, request: Request) -> Response:
        """The agency's statement."""
        return await self._act(request, "AnswerInvitation", forms.ANSWERING, forms.answer)

    async def ask_date(self, request: Request) -> Response:
        """That it cannot come then."""
        return await self._act(request, "AskAnotherDate", forms.DATE, forms.another_date)

    async def object_to(self, request: Request) -> Response:
        """Why it should not be asked."""
        return await self._act(request, "ObjectToInvitation", forms.OBJECTING, forms.objection)

    async def add_file(self, request: Request) -> Response:
        """One file."""
        refuse_foreign(request)
        try:
            body = await self._door.upload(request)
        except Problem as problem:
            # What was too large was not read, and the key with it.
            return self._ask_for_link(request, empty_form(forms.OPENING), problem)
        form, media_type, content = await read_upload(request, body)
        try:
            await self._call("AddFile", _file(form, media_type, content), request, Key.of(form))
        except Problem as problem:
            return await self._show(request, Key.of(form), "AddFile", form, problem)
        return await self._show(request, Key.of(form), "AddFile")

    async def _act(
        self, request: Request, method: str, names: tuple[str, ...], make: Make
    ) -> Response:
        refuse_foreign(request)
        form = read_form((*KEY, *names), await self._door.body(request, FORM_TYPE))
        key = Key.of(form)
        try:
            await self._call(method, make(form, key), request, key)
        except Problem as problem:
            return await self._show(request, key, method, form, problem)
        return await self._show(request, key, method)

    async def _call(
        self, method: str, message: Message, request: Request, key: Key | None = None
    ) -> Message:
        authorization = f"Bearer {key.token}" if key else ""
        rpc = self._rpcs[f"{SERVICE}/{method}"]
        return await self._door.call(rpc, message, request, authorization)

    async def _show(
        self,
        request: Request,
        key: Key,
        method: str = "",
        form: Form | None = None,
        problem: Problem | None = None,
    ) -> Response:
        """The invitation with its forms; `method`: what was just done, or with a problem tried."""
        wanted = pb.GetInvitationRequest(clarification_id=key.clarification_id)
        try:
            found = await self._call("GetInvitation", wanted, request, key)
        except Problem as shut:
            kept = form.values.get("explanation", "") if form else ""
            return self._ask_for_link(request, empty_form(forms.OPENING), _as_link(shut), kept)
        assert isinstance(found, pb.GetInvitationResponse)  # noqa: S101 - idem
        language = language_of(request)
        if form is not None and problem is not None:
            tell(form, method, problem, TEXTS[language], request.state.request_id)
        shown = {
            "key": key,
            "invitation": found,
            "state": pb.InvitationState.Name(found.state),
            "meets_at": instant(found.meets_at.ToDatetime(UTC), language),
            "answer_by": instant(found.answer_by.ToDatetime(UTC), language),
            "done": "" if problem else method,
            "wrong": form if problem else None,
            "rows": forms.ROWS,
            "forms": _forms(method, form),
        }
        return self._html(request, "agency.html", shown, problem)

    def _ask_for_link(
        self, request: Request, form: Form, problem: Problem | None = None, kept: str = ""
    ) -> Response:
        if problem is not None:
            texts = TEXTS[language_of(request)]
            tell(form, "OpenClarification", problem, texts, request.state.request_id)
        shown = {"form": form, "kept": kept}
        return self._html(request, "agency_open.html", shown, problem)

    def _html(
        self,
        request: Request,
        template: str,
        shown: Mapping[str, object],
        problem: Problem | None = None,
    ) -> Response:
        return show_page(self._door, request, template, problem, at=PATH, **shown)


def _forms(method: str, form: Form | None) -> dict[str, Form]:
    """Each form of the page: fresh, or as it was sent."""
    every = {
        "AnswerInvitation": forms.ANSWERING,
        "AskAnotherDate": forms.DATE,
        "ObjectToInvitation": forms.OBJECTING,
        "AddFile": forms.ADDING,
    }
    made = {name: empty_form(names) for name, names in every.items()}
    return made if form is None else made | {method: form}


def _file(form: Form, media_type: str, content: bytes) -> pb.AddFileRequest:
    """The file of a form; Problem for one that no call carries."""
    if len(content) > forms.LARGEST_FILE:
        raise Problem(413, "EVIDENCE_TOO_LARGE", f"a file may have {forms.LARGEST_FILE} bytes")
    if not content:
        raise Problem(400, "EVIDENCE_EMPTY", "no file was chosen")
    told: dict[str, Any] = {"media_type": media_type, "content": content}
    request_id = form.values["request_id"] or str(uuid4())
    clarification_id = form.values["clarification_id"]
    return pb.AddFileRequest(request_id=request_id, clarification_id=clarification_id, **told)


def _as_link(problem: Problem) -> Problem:
    """What is no link at all is refused as one that does not fit."""
    if problem.reason == "INVALID" or problem.status == 403:
        return Problem(401, "WRONG_SECRET", "the link does not fit")
    return problem
