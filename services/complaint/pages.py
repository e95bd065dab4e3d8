"""Pages that anybody may read: versioned files in `knowledge/`, each with its sources.

A file is Markdown with a head in TOML. What is in no file is made: where a text names a clock, the
ends of a complaint or the missions, that comes from the law and the tables themselves.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

from pydantic import Field, ValidationError

from services.chassis.errors import NotFound
from services.complaint.page_words import Source, words_of
from services.complaint.pages_made import can_be_made, made
from services.process.entries import Entry, Unusable, told

LANGUAGES = ("id", "en")
_FOLDER = Path(__file__).with_name("knowledge")
_FENCE = "+++\n"
_PLACE = re.compile(r"\{\{ ([a-z_0-9.]+) \}\}")


class PagesError(Unusable):
    """Pages that cannot be used."""


class Confidence(StrEnum):
    """How much of a page was read in its sources."""

    READ = "read"
    PARTLY = "partly"


class Head(Entry):
    """What stands above a page's text. `question` and `answer`: what many ask first, and the answer
    in a sentence or two; `asked`: other words for what the page is about."""

    slug: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)
    language: str = Field(pattern="^(id|en)$")
    version: int = Field(ge=1)
    valid_from: date
    title: str = Field(min_length=1)
    summary: str = Field(min_length=1)
    question: str = ""
    answer: str = ""
    asked: tuple[str, ...] = Field(min_length=1)
    confidence: Confidence
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True)
class Page:
    """One version of one page in one language, as it is in its file."""

    head: Head
    text: str

    def shown(self, on: date) -> tuple[str, tuple[Source, ...]]:
        """Its text with all that is made on a day, and where each of it comes from."""
        sources = list(self.head.sources)

        def fill(place: re.Match[str]) -> str:
            text, more = made(place[1], self.head.language, on)
            sources.extend(more)
            return text

        return _PLACE.sub(fill, self.text), tuple(dict.fromkeys(sources))


@dataclass(frozen=True)
class Library:
    """All pages: by slug and language, their versions from the first to the newest."""

    pages: Mapping[tuple[str, str], Sequence[Page]]

    @classmethod
    def load(cls, folder: Path) -> "Library":
        """Read and check a folder; PagesError says all that is wrong with it."""
        found: dict[tuple[str, str], list[Page]] = defaultdict(list)
        wrong: list[str] = []
        for path in sorted(folder.glob("*.md")):
            try:
                page = _read(path)
            except ValidationError as error:
                wrong += [f"{path.name}: {each}" for each in told(error)]
            except ValueError as error:
                wrong.append(f"{path.name}: {error}")
            else:
                found[page.head.slug, page.head.language].append(page)
                wrong += [f"{path.name}: {each}" for each in _problems(path, page)]
        library = cls({key: sorted(each, key=_version) for key, each in found.items()})
        wrong += library._problems()
        if wrong:
            raise PagesError(folder, wrong)
        return library

    def current(self, language: str, on: date) -> list[Page]:
        """Every page as it holds on a day."""
        return [
            _holding(versions, on)
            for (_, spoken), versions in sorted(self.pages.items())
            if spoken == language
        ]

    def get(self, slug: str, language: str, on: date, version: int = 0) -> Page:
        """A page as it holds on a day, or one of its versions; NotFound."""
        versions = self.pages.get((slug, language))
        if versions is None:
            raise NotFound("there is no such page", reason="UNKNOWN_PAGE")
        if version == 0:
            return _holding(versions, on)
        if version > len(versions):
            raise NotFound(
                f"the page has {len(versions)} versions, and not that one",
                reason="UNKNOWN_VERSION",
            )
        return versions[version - 1]

    def versions(self, page: Page) -> Sequence[Page]:
        """All versions of a page."""
        return self.pages[page.head.slug, page.head.language]

    def _problems(self) -> Iterator[str]:
        for (slug, language), versions in self.pages.items():
            where = f"{slug} ({language})"
            if [_version(page) for page in versions] != list(range(1, len(versions) + 1)):
                yield f"{where}: versions are numbered from 1 on without a gap"
            days = [page.head.valid_from for page in versions]
            if days != sorted(set(days)):
                yield f"{where}: each version begins after the one before it"
            for other in LANGUAGES:
                if len(self.pages.get((slug, other), ())) != len(versions):
                    yield f"{where}: {other} has not the same versions"


@cache
def library() -> Library:
    """The pages of this release."""
    return Library.load(_FOLDER)


def _read(path: Path) -> Page:
    """A file's page; ValueError says what is wrong with it."""
    before, _, rest = path.read_text(encoding="utf-8").partition(_FENCE)
    head, fence, text = rest.partition(_FENCE)
    if before or not fence:
        raise ValueError("a page begins with its head between two lines of +++")
    return Page(Head(**tomllib.loads(head)), text)


def _problems(path: Path, page: Page) -> Iterator[str]:
    head = page.head
    if path.name != f"{head.slug}.{head.language}.{head.version}.md":
        yield "its name is not slug.language.version.md"
    if bool(head.question) != bool(head.answer):
        yield "a question has its answer, and an answer its question"
    if not page.text.strip():
        yield "it has no text"
    places = _PLACE.findall(page.text)
    yield from (f"nothing is made for {each}" for each in places if not can_be_made(each))
    if not head.sources and not places:
        yield "it names no source"
    marked = words_of(head.language)["unverified"] in page.text or bool(places)
    if marked != (head.confidence is Confidence.PARTLY):
        yield "what is not verified is marked in a page that is read in part, and in no other"


def _version(page: Page) -> int:
    return page.head.version


def _holding(versions: Sequence[Page], on: date) -> Page:
    """The last that began by a day; before all of them the first, as there is no other."""
    began = [page for page in versions if page.head.valid_from <= on]
    return began[-1] if began else versions[0]
