"""The pages that anybody may read: a list with a search, and each page with its sources."""

from collections.abc import Sequence
from datetime import date

from estafet.complaint.v1 import service_pb2 as pb
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.door import Door
from services.gateway.following import SERVICE, FamilyPage
from services.gateway.forms import Form
from services.gateway.languages import language_of, plain_day
from services.gateway.paths import serve
from services.gateway.problems import Problem
from services.gateway.rpcs import Rpc

LIST = "/panduan"


def add_guidance_page(app: FastAPI, door: Door, rpcs: Sequence[Rpc]) -> None:
    """/panduan and what is below it, if the complaint deputy is behind this door."""
    if f"{SERVICE}/GetPage" not in {rpc.name for rpc in rpcs}:
        return
    page = GuidancePage(door, rpcs)
    serve(app, LIST, {"GET": page.list})
    serve(app, f"{LIST}/{{slug}}", {"GET": page.show})


class GuidancePage(FamilyPage):
    """The answers of /panduan."""

    async def list(self, request: Request) -> Response:
        """Every page, or those that a query finds."""
        query = request.query_params.get("query", "").replace("\0", "").strip()
        form = Form({"query": query})
        try:
            pages = await self._pages(request, query)
        except Problem as problem:
            return self._list(request, form, (), problem)
        return self._list(request, form, pages)

    async def show(self, request: Request) -> Response:
        """One page, as it is today or one of its versions."""
        try:
            shown = await self._get(request)
        except Problem as problem:
            if problem.status not in {400, 404}:
                return self._list(request, Form({"query": ""}), (), problem)
            return await self._missing(request, problem)
        return self._shown(request, shown)

    async def _pages(self, request: Request, query: str) -> Sequence[pb.PageSummary]:
        language = language_of(request)
        if not query:
            every = await self._call("ListPages", pb.ListPagesRequest(language=language), request)
            assert isinstance(every, pb.ListPagesResponse)  # noqa: S101 - its own rpc's answer
            return every.pages
        asked = pb.SearchPagesRequest(query=query, language=language)
        found = await self._call("SearchPages", asked, request)
        assert isinstance(found, pb.SearchPagesResponse)  # noqa: S101 - idem
        return found.pages

    async def _get(self, request: Request) -> pb.GetPageResponse:
        asked = pb.GetPageRequest(
            slug=request.path_params["slug"],
            language=language_of(request),
            version=version_of(request.query_params.get("version", "")),
        )
        shown = await self._call("GetPage", asked, request)
        assert isinstance(shown, pb.GetPageResponse)  # noqa: S101 - its own rpc's answer
        return shown

    async def _missing(self, request: Request, problem: Problem) -> Response:
        """What there is, for whoever asked for a page or a version that is not there."""
        try:
            pages = await self._pages(request, "")
        except Problem:
            pages = ()
        shown = {"form": Form({"query": ""}), "pages": pages, "missing": True}
        gone = Problem(404, problem.reason, problem.detail)
        return self._page(request, "guidance.html", LIST, shown, gone)

    def _list(
        self,
        request: Request,
        form: Form,
        pages: Sequence[pb.PageSummary],
        problem: Problem | None = None,
    ) -> Response:
        shown: dict[str, object] = {"form": form, "pages": pages, "missing": False}
        return self._html(request, "guidance.html", LIST, shown, problem)

    def _shown(self, request: Request, answer: pb.GetPageResponse) -> Response:
        language = language_of(request)
        shown = {
            "page": answer.page,
            "text": answer.text,
            "since": _day(answer.page.valid_from, language),
            "sources": [(each, _day(each.read_on, language)) for each in answer.sources],
            "others": [
                (each.version, _day(each.valid_from, language))
                for each in answer.versions
                if each.version != answer.page.version
            ],
            "is_current": answer.page.version == answer.current_version,
            "confidence": pb.PageConfidence.Name(answer.page.confidence),
        }
        return self._page(request, "guidance_page.html", f"{LIST}/{answer.page.slug}", shown)


def version_of(text: str) -> int:
    """The version that the address names, 0 for none; a Problem for what is no number."""
    if not text:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 7 and int(text)):
        raise Problem(404, "UNKNOWN_VERSION", "the version must be a number from 1 on")
    return int(text)


def _day(text: str, language: str) -> str:
    return plain_day(date.fromisoformat(text), language) if text else ""
