"""The texts of messages, checked when they are read, and how a notice gets its words."""

import string
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from pydantic import BaseModel, ConfigDict, ValidationError

from services.messages.innocuous import innocuous
from services.messages.notice import ASK, Audience, Language, Notice, Value
from services.messages.plan import Plan, Saying

HERE = Path(__file__)
NOT_REVIEWED = "belum ditinjau penutur"
REVIEWED = (Language.ID, Language.EN)


class TextsError(ValueError):
    """A text, or what it is given, is not as it is declared."""


class Kind(StrEnum):
    """How a value of a text is written."""

    TEXT = "text"
    COUNT = "count"
    DAY = "day"
    INSTANT = "instant"
    LINES = "lines"

    def takes(self, value: object) -> bool:
        """Whether a value is of this kind."""
        match self:
            case Kind.TEXT:
                return isinstance(value, str)
            case Kind.COUNT:
                return isinstance(value, int) and not isinstance(value, bool)
            case Kind.DAY:
                return isinstance(value, date) and not isinstance(value, datetime)
            case Kind.INSTANT:
                return isinstance(value, datetime) and value.tzinfo is not None
        return isinstance(value, (list, tuple)) and all(isinstance(line, str) for line in value)


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(_Strict):
    """One text in one language."""

    subject: str
    text: str


class Formats(_Strict):
    """How a language writes days and instants, as babel has it."""

    day: str
    instant: str


class Template(_Strict):
    """One text by its languages."""

    to: Audience
    parameters: Mapping[str, Kind]
    id: Words
    en: Words


class _Reviewed(_Strict):
    formats: Mapping[Language, Formats]
    text: Mapping[str, Template]


class _Unreviewed(_Strict):
    reviewed: Literal[False]
    formats: Mapping[Language, Formats]
    jv: Mapping[str, Words]
    su: Mapping[str, Words]


@dataclass(frozen=True)
class Rendered:
    """A notice in words."""

    subject: str
    text: str
    language: Language
    reviewed: bool = True

    @property
    def for_officer(self) -> str:
        """What an officer sees of it."""
        return self.text if self.reviewed else f"{self.text}\n[{NOT_REVIEWED}]"


@dataclass(frozen=True)
class Texts:
    """All texts."""

    templates: Mapping[str, Template]
    unreviewed: Mapping[Language, Mapping[str, Words]]
    formats: Mapping[Language, Formats]

    def template(self, code: str) -> Template:
        """The template with this code; TextsError."""
        if code not in self.templates:
            raise TextsError(f"there is no text {code!r}: one of {', '.join(self.templates)}")
        return self.templates[code]

    def check(self, notice: Notice) -> Template:
        """The template of a notice that has all it names, and nothing else; TextsError."""
        template = self.template(notice.code)
        names, given = set(template.parameters), set(notice.values)
        if names != given:
            raise TextsError(
                f"text {notice.code} names {_listed(names)}; it was given {_listed(given)}"
            )
        for name, kind in template.parameters.items():
            if not kind.takes(notice.values[name]):
                raise TextsError(f"text {notice.code}: {name} is no {kind}")
        return template

    def render(self, notice: Notice, plan: Plan, saying: Saying) -> Rendered:
        """The words that a plan allows for a notice. Without content, they have nothing of it."""
        if saying is Saying.FULL:
            return self._full(notice, plan)
        if saying is Saying.BARE:
            return _bare(notice, plan)
        raise TextsError(f"nothing may be said of {notice.code}")

    def _full(self, notice: Notice, plan: Plan) -> Rendered:
        words, language = self._words(notice.code, plan.language)
        kinds = self.check(notice).parameters
        written = {
            name: self._written(kinds[name], value, language, ZoneInfo(plan.zone))
            for name, value in notice.values.items()
        }
        text = words.text.strip().format(**written)
        # A subject is one line.
        subject = " ".join(words.subject.format(**written).split())
        if plan.code_word:
            text = f"{text}\n{plan.code_word}"
        return Rendered(subject, text, language, language in REVIEWED)

    def _words(self, code: str, language: Language) -> tuple[Words, Language]:
        """The text in a language, or else in Indonesian."""
        template = self.template(code)
        if language in REVIEWED:
            return (template.en if language is Language.EN else template.id), language
        found = self.unreviewed.get(language, {}).get(code)
        return (found, language) if found else (template.id, Language.ID)

    def _written(self, kind: Kind, value: Value, language: Language, zone: ZoneInfo) -> str:
        formats = self.formats[language]
        if kind is Kind.INSTANT and isinstance(value, datetime):
            return format_datetime(value.astimezone(zone), formats.instant, locale=language)
        if kind is Kind.DAY and isinstance(value, date):
            return format_date(value, formats.day, locale=language)
        if kind is Kind.LINES and isinstance(value, Sequence):
            return "\n".join(value)
        return str(value)


def _bare(notice: Notice, plan: Plan) -> Rendered:
    found = innocuous()
    if notice.code == ASK:
        text, reviewed = found.asking(plan.language)
    else:
        text, reviewed = found.saying(plan.bare, plan.language)
    language = plan.language if reviewed is (plan.language in REVIEWED) else Language.ID
    # A subject of its own would be one more sentence to agree on.
    subject, _, _ = text.partition(",")
    return Rendered(subject, f"{text} {plan.code_word}".strip(), language, reviewed)


def read(reviewed: str, unreviewed: str) -> Texts:
    """The texts of two files' contents; TextsError says which of them is wrong and why."""
    try:
        ours = _Reviewed.model_validate(tomllib.loads(reviewed))
        others = _Unreviewed.model_validate(tomllib.loads(unreviewed))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise TextsError(f"texts: {error}") from None
    by_language = {Language.JV: others.jv, Language.SU: others.su}
    texts = Texts(ours.text, by_language, {**ours.formats, **others.formats})
    problems = list(_problems(texts))
    if problems:
        raise TextsError("texts: " + "; ".join(problems))
    return texts


def _problems(texts: Texts) -> Iterator[str]:
    yield from (
        f"{language} has no formats" for language in Language if language not in texts.formats
    )
    for code, template in texts.templates.items():
        for language, words in ((Language.ID, template.id), (Language.EN, template.en)):
            yield from _wrong(f"{code}.{language}", words, template)
    for language, by_code in texts.unreviewed.items():
        for code, words in by_code.items():
            if code not in texts.templates:
                yield f"{language}.{code} is no text of texts.toml"
            else:
                yield from _wrong(f"{code}.{language}", words, texts.templates[code])


def _wrong(name: str, words: Words, template: Template) -> Iterator[str]:
    declared = set(template.parameters)
    try:
        named, in_subject = _names(words.text), _names(words.subject)
    except ValueError as error:
        yield f"{name}: {error}"
        return
    if unknown := (named | in_subject) - declared:
        yield f"{name} names {_listed(unknown)}, which is not among its parameters"
    if missing := declared - named:
        yield f"{name} does not name {_listed(missing)}"


def _names(text: str) -> set[str]:
    found = set()
    for _, name, form, conversion in string.Formatter().parse(text):
        if name is not None:
            if form or conversion or not name.isidentifier():
                raise ValueError(f"{{{name}}} is more than a name")
            found.add(name)
    return found


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"


def dumped(values: Mapping[str, Value]) -> dict[str, Any]:
    """Values as JSON has them."""
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
    }


def loaded(template: Template, values: Mapping[str, Any]) -> dict[str, Value]:
    """Values as they were before `dumped`."""
    return {name: _loaded(template.parameters[name], value) for name, value in values.items()}


def _loaded(kind: Kind, value: Any) -> Value:
    if kind is Kind.DAY:
        return date.fromisoformat(value)
    if kind is Kind.INSTANT:
        return datetime.fromisoformat(value)
    found: Value = value
    return found


@cache
def texts() -> Texts:
    """The texts of this release."""
    ours, others = HERE.with_name("texts.toml"), HERE.with_name("texts_unreviewed.toml")
    return read(ours.read_text(), others.read_text())
