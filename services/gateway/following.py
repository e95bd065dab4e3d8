"""What the family's pages have in common: number and secret buy a short token for each request,
which is used and forgotten; the page keeps nothing."""

from collections.abc import Mapping, Sequence

from estafet.complaint.v1 import service_pb2 as pb
from google.protobuf.message import Message
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.door import Door
from services.gateway.forms import FOLLOWING, Form, empty_form, explain
from services.gateway.languages import TEXTS, language_of
from services.gateway.problems import Problem
from services.gateway.rpcs import Rpc
from services.gateway.showing import show_page

SERVICE = "estafet.complaint.v1.ComplaintService"
# With these nothing is wrong with number and secret: what was typed is shown, to be sent again.
AGAIN = frozenset({429, 500, 503, 504})


class FamilyPage:
    """Complaint's rpcs by their names, and pages in the reader's language."""

    def __init__(self, door: Door, rpcs: Sequence[Rpc]) -> None:
        self._door = door
        self._rpcs = {rpc.name: rpc for rpc in rpcs}

    async def ask(self, request: Request) -> Response:
        """An empty form for number and secret."""
        return self._ask_again(request, empty_form(FOLLOWING))

    def _ask_again(self, request: Request, form: Form, problem: Problem | None = None) -> Response:
        return self._html(request, "follow.html", "/follow", {"form": form}, problem)

    async def _open(self, form: Form, request: Request) -> pb.OpenAccessResponse:
        """A short token for number and secret."""
        wanted = pb.OpenAccessRequest(**{name: form.values[name] for name in FOLLOWING})
        access = await self._call("OpenAccess", wanted, request)
        assert isinstance(access, pb.OpenAccessResponse)  # noqa: S101 - its own rpc's answer
        return access

    async def _call(
        self, method: str, message: Message, request: Request, authorization: str = ""
    ) -> Message:
        rpc = self._rpcs[f"{SERVICE}/{method}"]
        return await self._door.call(rpc, message, request, authorization)

    def _html(
        self,
        request: Request,
        template: str,
        at: str,
        shown: Mapping[str, object],
        problem: Problem | None = None,
    ) -> Response:
        """A page whose form says what is wrong with it."""
        form = shown.get("form")
        if problem is not None and isinstance(form, Form):
            explain(form, problem, TEXTS[language_of(request)], request.state.request_id)
        return self._page(request, template, at, shown, problem)

    def _page(
        self,
        request: Request,
        template: str,
        at: str,
        shown: Mapping[str, object],
        problem: Problem | None = None,
    ) -> Response:
        return show_page(self._door, request, template, problem, at=at, **shown)
