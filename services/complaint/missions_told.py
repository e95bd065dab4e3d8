"""The missions as a page tells them: by country, each with its regions and its telephone."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from babel import Locale
from babel.core import get_global

from services.complaint.missions import Confidence, Row, missions, telephones
from services.complaint.page_words import Source, words_of


def told_of_missions(language: str, on: date) -> tuple[str, Sequence[Source]]:
    """Every country's missions on a day, and where each row was read."""
    table = missions()
    named = sorted((country_name(code, language), code) for code in table.countries)
    lines, sources = [], list[Source]()
    for name, code in named:
        rows = table.of_country(code, on)
        lines += [f"### {name}", *_of_country(rows, language), ""]
        for row in rows:
            sources += [*sources_of(row), *_told(row.mission)]
    return "\n".join(lines).strip(), sources


def country_name(code: str, language: str) -> str:
    """A country's name, by its code of three letters."""
    (short, *_) = get_global("territory_aliases")[code]
    return str(Locale(language).territories[short])


def _of_country(rows: Sequence[Row], language: str) -> Iterator[str]:
    """A line for each mission: for what, what of it is not verified, and its telephones."""
    words = words_of(language)
    whole = words["otherwise"] if len(rows) > 1 else words["all"]
    served: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        mark = "" if row.confidence is Confidence.READ else f" ({words['unverified']})"
        served[row.mission].append(f"{row.region or whole}{mark}")
    for mission, places in served.items():
        numbers = [
            words["telephone"].format(number=each.number, told_on=each.told_on)
            for each in telephones().get(mission, ())
        ]
        yield f"- **{mission}**: {'; '.join((', '.join(places), *numbers))}"


def sources_of(row: Row) -> Iterator[Source]:
    """Where a row was read."""
    for each in row.sources:
        url, _, note = each.partition(" ")
        yield Source(name=f"{row.mission} {note}".strip(), url=url, read_on=row.read_on)


def _told(mission: str) -> Iterator[Source]:
    """Where a mission's telephones were read."""
    for each in telephones().get(mission, ()):
        yield Source(name=f"{mission} ({each.told_on})", url=each.source)
