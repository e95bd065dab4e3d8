"""What pages say that no file holds: made from the law's clocks and ends, and from the missions, so
that a page cannot differ from what is done."""

from collections.abc import Sequence
from datetime import date

from services.complaint.missions_told import told_of_missions
from services.complaint.page_words import Source, words_of
from services.complaint.workflow import LAW
from services.process.workflow import Clock, Ground, Wait, Workflow

Text = tuple[str, Sequence[Source]]
_MISSIONS, _ENDS, _CLOCK = "missions", "ends", "clock."


def can_be_made(what: str) -> bool:
    """Whether every version of the law has it."""
    if what in (_MISSIONS, _ENDS):
        return True
    name = what.removeprefix(_CLOCK)
    known = [LAW.base, *(LAW.under(each.name).workflow for each in LAW.amendments)]
    return what.startswith(_CLOCK) and all(name in law.clocks for law in known)


def made(what: str, language: str, on: date) -> Text:
    """A text in a language as it is on a day, and its sources."""
    if what == _MISSIONS:
        return told_of_missions(language, on)
    law = LAW.of(on, on).workflow
    if what == _ENDS:
        return _ends(law, language)
    clock = law.clocks[what.removeprefix(_CLOCK)]
    return _told_of_clock(clock, language), [Source(name=clock.regulation)]


def _told_of_clock(clock: Clock, language: str) -> str:
    span = _span(clock, language)
    return span if clock.verified else f"{span} ({words_of(language)['unverified']})"


def _ends(law: Workflow, language: str) -> Text:
    """The grounds on which a complaint ends, each with its article or the mark that it has none."""
    lines = [f"- {_told_of_ground(each, language)}" for each in law.grounds.values()]
    articles = [Source(name=each.article) for each in law.grounds.values() if each.article]
    return "\n".join(lines), articles


def _told_of_ground(ground: Ground, language: str) -> str:
    words = words_of(language)
    name = {"id": ground.name_id, "en": ground.name_en}[language]
    wait = ground.wait
    since = ""
    if wait is not None:
        since = f"; {words['since'][wait.since].format(span=_span(wait, language))}"
    return f"{name[:1].upper()}{name[1:]}{since} ({ground.article or words['unverified']})"


def _span(counted: Clock | Wait, language: str) -> str:
    told: str = words_of(language)["spans"][counted.span].format(value=counted.value)
    return told.removesuffix("s") if counted.value == 1 else told
