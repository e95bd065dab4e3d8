"""What people type into the page, kept when something is wrong, and said to them in their words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID, uuid4

from starlette.requests import Request

from services.gateway.problems import Problem

# The form of a contact plan has the most.
MOST_FIELDS = 80
FILING = (
    "narrative", "urgent", "contact", "reporter", "complainant_name", "worker_name",
    "country", "employer_name", "p3mi_name", "request_id",
)  # fmt: skip
NO_ANSWER = "REPORTER_UNSPECIFIED"
FOLLOWING = ("number", "secret")
ASKING = (*FOLLOWING, "text", "asks", "request_id")
# Fields behind "more": shown open again when one of them was filled in.
MORE = frozenset(FILING) - {"narrative", "urgent", "contact", "request_id"}


@dataclass
class Form:
    """A form's values, each field's error, and what is wrong with it as a whole."""

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    trouble: str = ""

    @property
    def opened(self) -> bool:
        """Whether the optional part is to be shown open."""
        filled = any(self.values.get(name, "") not in {"", NO_ANSWER} for name in MORE)
        return filled or bool(MORE & self.errors.keys())


def empty_form(names: tuple[str, ...]) -> Form:
    """A fresh form. Its request_id makes a second click the same filing."""
    values = dict.fromkeys(names, "")
    if "request_id" in values:
        values["request_id"] = str(uuid4())
    return Form(values)


def read_form(names: tuple[str, ...], body: bytes) -> Form:
    """A form as it was sent; unknown fields are ignored, NUL and carriage returns dropped."""
    form = empty_form(names)
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise Problem(400, "MALFORMED_FORM", "the form cannot be read") from None
    for name, text in pairs:
        if name in form.values:
            form.values[name] = text.replace("\r", "").replace("\0", "").strip()
    if "request_id" in form.values and not _is_uuid(form.values["request_id"]):
        form.values["request_id"] = str(uuid4())
    return form


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def refuse_foreign(request: Request) -> None:
    """403 for a form that another site sends. A browser too old to say is let in: the page has no
    cookies, so a foreign form could do nothing that its author could not do himself."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        foreign = site not in {"same-origin", "none"}
    else:
        foreign = origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    if foreign:
        raise Problem(403, "FOREIGN_FORM", "this form must be sent from this site's own page")


def explain(form: Form, problem: Problem, texts: Mapping[str, Any], request_id: str) -> None:
    """Put a problem into the form, in the page's words."""
    words = texts["problems"]
    known = {error.field for error in problem.errors} & form.values.keys()
    if problem.reason == "REQUEST_ID_REUSED":
        form.values["request_id"] = str(uuid4())
        form.trouble = words["reused"]
    elif known:
        errors = texts["errors"]
        ordered = [name for name in form.values if name in known]
        form.errors = {name: errors.get(name, errors["other"]) for name in ordered}
    elif problem.status == 429:
        form.trouble = words["busy"]
    elif problem.status in {503, 504}:
        form.trouble = words["down"]
    elif problem.status in {401, 404} and "secret" in form.values:
        form.trouble = words["wrong"]
    else:
        form.trouble = f"{words['unexpected']} {request_id}"
