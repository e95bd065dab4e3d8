"""A document as PDF/A-3: the same document, signature and release give the same bytes anywhere.

Its content, in the form that the hash is of, and its signature are attached to it.
"""

from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rfc8785

from services.chassis.errors import Invalid
from services.documents.content import Document, canonical, digest_of
from services.documents.glyphs import CLOSE, FAMILIES, OPEN, folders, printable
from services.documents.proof import CONTENT, PROOF, Proof
from services.documents.signing import Signature
from services.documents.wording import LANGUAGES, LEGAL, pages_of

if TYPE_CHECKING:
    import typst

# To be raised with each change of layout.typ or of words that changes pages.
LAYOUT = 1


def render(document: Document, signature: Signature | None = None, language: str = LEGAL) -> bytes:
    """The PDF of a document; in English it is a copy to read, and says so."""
    if language not in LANGUAGES:
        raise Invalid(f"there is no copy in {language}: there are {', '.join(LANGUAGES)}")
    digest = digest_of(document)
    if signature is not None and signature.digest != digest:
        raise Invalid("the signature is of another document")
    proof = Proof(digest=digest, release=release(), signature=signature)
    pages, in_latin = _printable(pages_of(document, signature, language))
    pages["latin"] = _note(pages["latin"]) if in_latin else ""
    about = {
        "title": pages["title"],
        "author": pages["letterhead"][0],
        "language": language,
        "digest": digest,
        "hash_label": pages["hash_label"],
        "page": pages["page"],
        "content_name": CONTENT,
        "proof_name": PROOF,
    }
    inputs = {
        "pages": _json(pages),
        "about": _json(about),
        "families": _json(list(FAMILIES)),
        "content": canonical(document).decode(),
        "proof": proof.written.decode(),
    }
    return _laid_out(inputs, int(document.held_at.timestamp()))


@cache
def release() -> str:
    """What the bytes of a page come from, beside what it says."""
    made_by = ("typst", "manimgx-fonts", "manimgx-fonts-cjk", "babel", "unicode-rbnf", "anyascii")
    return " ".join([f"layout={LAYOUT}", *(f"{name}={version(name)}" for name in made_by)])


@cache
def _fonts() -> "typst.Fonts":
    """Looked for once, and each read when it is needed first: then it is in memory, once."""
    import typst

    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=True, font_paths=folders()
    )


def _laid_out(inputs: dict[str, str], held_at: int) -> bytes:
    import typst

    layout = Path(__file__).with_name("layout.typ")
    compiler = typst.Compiler(
        input=str(layout),
        root=str(layout.parent),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        sys_inputs=inputs,
    )
    try:
        made = compiler.compile(format="pdf", pdf_standards="a-3a", timestamp=held_at)
    except typst.TypstError as error:
        raise Invalid(f"the document cannot be printed: {error.message}") from None
    if not isinstance(made, bytes):
        raise TypeError("the layout gave no single PDF")
    return made


def _printable(value: Any) -> tuple[Any, bool]:
    """All texts as they can be printed, and whether any is in other letters than it was."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        made = {name: _printable(each) for name, each in value.items()}
        return {name: each for name, (each, _) in made.items()}, any(
            changed for _, changed in made.values()
        )
    if isinstance(value, list):
        those = [_printable(each) for each in value]
        return [each for each, _ in those], any(changed for _, changed in those)
    return value, False


def _note(words: str) -> str:
    return words.format(open=OPEN, close=CLOSE, attachment=CONTENT)


def _json(value: Any) -> str:
    return rfc8785.dumps(value).decode()
