"""What a placement agency types into its page, as the requests of complaint's rpcs."""

import re
from collections.abc import AsyncGenerator, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from estafet.complaint.v1 import service_pb2 as pb
from starlette.datastructures import Headers, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from services.gateway.forms import Form, explain
from services.gateway.problems import FieldError, Problem

ROWS = ("1", "2", "3")
OPENING = ("link",)
KEY = ("clarification_id", "token")
PROMISES = tuple(f"{name}_{row}" for row in ROWS for name in ("what", "amount", "due_on"))
ANSWERING = ("name", "office", "explanation", "follow_up", "obstacle", *PROMISES, "request_id")
DATE = ("wished_on", "wish", "request_id")
OBJECTING = ("objection", "objection_text", "request_id")
ADDING = ("request_id",)
# The page's names of what the requests call otherwise.
CALLED = {"AskAnotherDate": {"text": "wish"}, "ObjectToInvitation": {"text": "objection_text"}}
OBJECTIONS = frozenset(value.name for value in pb.Objection.DESCRIPTOR.values)
LARGEST_FILE = 3 * 1024 * 1024
# As many digits as the largest amount has.
MOST_DIGITS = 14
_PROMISE = re.compile(r"commitments[\[.](\d+)\]?\.(what|amount_rupiah|due_on)")


@dataclass(frozen=True)
class Key:
    """By what an agency is let in: kept in the page's forms, and nowhere else."""

    clarification_id: str
    token: str

    @classmethod
    def of(cls, form: Form) -> "Key":
        """As the page sent it back."""
        return cls(form.values["clarification_id"], form.values["token"])


def link_in(text: str) -> tuple[str, str]:
    """Clarification and secret of a link, or of that part of it which follows the #."""
    told = text.rpartition("#")[2].strip()
    clarification_id, _, secret = told.partition(".")
    return clarification_id.strip().lower(), secret.strip()


def answer(form: Form, key: Key) -> pb.AnswerInvitationRequest:
    """The agency's statement; Problem for an amount that is no number."""
    told = {name: form.values[name] for name in ANSWERING if name not in PROMISES}
    promises = [_promise(form.values, row) for row in _filled(form.values)]
    return pb.AnswerInvitationRequest(
        clarification_id=key.clarification_id, commitments=promises, **told
    )


def another_date(form: Form, key: Key) -> pb.AskAnotherDateRequest:
    """That the agency cannot come, and when it could."""
    return pb.AskAnotherDateRequest(
        request_id=form.values["request_id"],
        clarification_id=key.clarification_id,
        wished_on=form.values["wished_on"],
        text=form.values["wish"],
    )


def objection(form: Form, key: Key) -> pb.ObjectToInvitationRequest:
    """Why the agency should not be asked."""
    chosen = form.values["objection"]
    known = chosen in OBJECTIONS
    return pb.ObjectToInvitationRequest(
        request_id=form.values["request_id"],
        clarification_id=key.clarification_id,
        objection=pb.Objection.Value(chosen) if known else pb.OBJECTION_UNSPECIFIED,
        text=form.values["objection_text"],
    )


def _filled(values: Mapping[str, str]) -> list[str]:
    """The rows in which something is promised."""
    return [row for row in ROWS if any(values[f"{name}_{row}"] for name in ("what", "due_on"))]


def _promise(values: Mapping[str, str], row: str) -> pb.Promise:
    amount = re.sub(r"[\s.,]|^Rp", "", values[f"amount_{row}"], flags=re.IGNORECASE)
    if amount and (len(amount) > MOST_DIGITS or not re.fullmatch("[0-9]+", amount)):
        error = FieldError(f"amount_{row}", "number", "must be whole rupiah")
        raise Problem(400, "INVALID", "cannot be read: an amount", errors=(error,))
    return pb.Promise(
        what=values[f"what_{row}"],
        amount_rupiah=int(amount or 0),
        due_on=values[f"due_on_{row}"],
    )


def tell(form: Form, method: str, problem: Problem, texts: Mapping[str, Any], asked: str) -> None:
    """Put a problem into the form, in the page's words and by its fields. `asked`: its id."""
    known: Mapping[str, str] = texts["agency"]["refusals"]
    if problem.reason in known:
        form.trouble = known[problem.reason]
        return
    errors = tuple(_on_page(form, method, problem.errors))
    explain(form, replace(problem, errors=errors), texts, asked)


def _on_page(form: Form, method: str, errors: Iterable[FieldError]) -> Iterable[FieldError]:
    for error in errors:
        name = CALLED.get(method, {}).get(error.field, error.field)
        if found := _PROMISE.fullmatch(error.field):
            row = _filled(form.values)[int(found[1])]
            name = f"{'amount' if found[2] == 'amount_rupiah' else found[2]}_{row}"
        yield replace(error, field=name)


async def read_upload(request: Request, body: bytes) -> tuple[Form, str, bytes]:
    """A form with one file: the form, the file's type and its bytes."""

    async def chunks() -> AsyncGenerator[bytes, None]:
        yield body
        yield b""

    parser = MultiPartParser(Headers(raw=request.scope["headers"]), chunks(), max_files=1)
    try:
        sent = await parser.parse()
    except (MultiPartException, KeyError, ValueError):
        raise Problem(400, "MALFORMED_FORM", "the form cannot be read") from None
    form = Form({name: str(sent.get(name, "")) for name in (*KEY, *ADDING)})
    file = sent.get("file")
    if not isinstance(file, UploadFile):
        return form, "", b""
    return form, file.content_type or "", await file.read()
