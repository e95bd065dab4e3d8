"""The page on which a family says how it may be reached without danger (/follow/contact).

As the other pages of a family it needs no script and keeps nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from estafet.complaint.v1 import service_pb2 as pb
from fastapi import FastAPI
from google.protobuf.message import Message
from starlette.requests import Request
from starlette.responses import Response

from services.gateway import contact_forms as forms
from services.gateway.bodies import FORM_TYPE
from services.gateway.door import Door
from services.gateway.following import AGAIN, SERVICE, FamilyPage
from services.gateway.forms import Form, read_form, refuse_foreign
from services.gateway.languages import TEXTS, language_of, zones
from services.gateway.paths import serve
from services.gateway.problems import Problem
from services.gateway.rpcs import Rpc

PATH = "/follow/contact"
PURPOSE = "the family looks at its own contact plan"
# The code of a doubt that whoever complained has said.
DOUBTED = "person_doubts"


def add_contact_page(app: FastAPI, door: Door, rpcs: Sequence[Rpc]) -> None:
    """/follow/contact, if the complaint deputy is behind this door."""
    if f"{SERVICE}/SetContactPlan" not in {rpc.name for rpc in rpcs}:
        return
    page = ContactPage(door, rpcs)
    serve(app, PATH, {"GET": page.ask, "POST": page.contact})


class ContactPage(FamilyPage):
    """The page's answers."""

    async def contact(self, request: Request) -> Response:
        """The plan as it is, once what was typed has been kept."""
        refuse_foreign(request)
        form = read_form(forms.CONTACT, await self._door.body(request, FORM_TYPE))
        does = form.values["does"]
        try:
            access = await self._open(form, request)
        except Problem as problem:
            if does == "save" and problem.status in AGAIN:
                return self._shown(request, form, pb.GetContactPlanResponse(), problem=problem)
            return self._ask_again(request, form, problem)
        own, complaint_id = f"Bearer {access.token}", access.complaint_id
        try:
            if does in ACTS:
                method, make = ACTS[does]
                await self._call(method, make(form, complaint_id), request, own)
            plan = await self._plan(complaint_id, request, own)
        except Problem as problem:
            if does != "save":
                # Nothing was typed: an empty form would be taken for an empty plan.
                return self._ask_again(request, form, problem)
            return self._shown(request, form, pb.GetContactPlanResponse(), problem=problem)
        return self._shown(request, forms.as_form(form, plan.plan), plan, done=does)

    async def _plan(
        self, complaint_id: str, request: Request, own: str
    ) -> pb.GetContactPlanResponse:
        """The plan; an empty one as long as there is none."""
        wanted = pb.GetContactPlanRequest(complaint_id=complaint_id, purpose=PURPOSE)
        try:
            found = await self._call("GetContactPlan", wanted, request, own)
        except Problem as problem:
            if problem.status != 404:
                raise
            return pb.GetContactPlanResponse()
        assert isinstance(found, pb.GetContactPlanResponse)  # noqa: S101 - its own rpc's answer
        return found

    def _shown(
        self,
        request: Request,
        form: Form,
        plan: pb.GetContactPlanResponse,
        done: str = "",
        problem: Problem | None = None,
    ) -> Response:
        language = language_of(request)
        if problem is not None:
            forms.tell(form, problem, TEXTS[language], request.state.request_id)
        values: dict[str, object] = {
            "form": form,
            "rows": forms.shown(form.values),
            "kept": forms.kept,
            "zones": zones(language),
            "has_plan": bool(plan.plan.ByteSize()),
            "doubt": plan.doubt,
            "done": done if done in ACTS else "",
        }
        return self._page(request, "contact.html", "/follow", values, problem)


def _set(form: Form, complaint_id: str) -> Message:
    return pb.SetContactPlanRequest(
        request_id=form.values["request_id"],
        complaint_id=complaint_id,
        plan=forms.as_plan(form.values),
    )


def _doubt(form: Form, complaint_id: str, why: str = DOUBTED) -> Message:
    request_id = form.values["request_id"]
    return pb.DoubtContactPlanRequest(request_id=request_id, complaint_id=complaint_id, why=why)


# What a button of the page does.
ACTS: Mapping[str, tuple[str, Callable[[Form, str], Message]]] = {
    "save": ("SetContactPlan", _set),
    "doubt": ("DoubtContactPlan", _doubt),
    "trust": ("DoubtContactPlan", partial(_doubt, why="")),
}
