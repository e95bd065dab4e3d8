"""A page as all of the door are shown: in the reader's language, with the status of its problem."""

from starlette.requests import Request
from starlette.responses import Response

from services.gateway.door import Door
from services.gateway.languages import TEXTS, language_of
from services.gateway.problems import Problem
from services.gateway.templating import html


def show_page(
    door: Door, request: Request, template: str, problem: Problem | None, **values: object
) -> Response:
    """A page from its template; a problem gives it status and headers."""
    language = language_of(request)
    common = {"t": TEXTS[language], "lang": language, "demo": door.settings.is_demo}
    answer = html(template, problem.status if problem else 200, **common, **values)
    answer.headers.update(problem.all_headers if problem else {})
    return answer
