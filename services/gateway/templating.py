"""Jinja2 as every page uses it: escaped, and without a script anywhere."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.responses import HTMLResponse

HERE = Path(__file__).resolve().parent
ENVIRONMENT = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
# What OpenAPI's descriptions are written in; HTML within them is shown as text.
_commonmark = MarkdownIt("commonmark", {"html": False})
ENVIRONMENT.filters["commonmark"] = lambda text: Markup(_commonmark.render(text))  # noqa: S704 - escaped by the renderer
SAFE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    # same-origin, not no-referrer: with that a browser sends `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
}


def html(template: str, status: int, **values: object) -> HTMLResponse:
    """A page from its template, never kept by a browser or a proxy."""
    headers = {"Cache-Control": "no-store", **SAFE_HEADERS}
    text = ENVIRONMENT.get_template(template).render(**values)
    return HTMLResponse(text, status_code=status, headers=headers)
