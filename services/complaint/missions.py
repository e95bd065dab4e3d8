"""Which mission serves a place abroad, by the dated data of `data/missions.csv`.

Rows of a country without a region are its embassy's, or whoever stands for one. The rows of one
place follow each other without a gap or an overlap: what does not is refused when it is read.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from itertools import pairwise, product
from pathlib import Path

from services.complaint.region_names import folded, keys_of, may_be, slips_between, slips_in
from services.process.entries import Unusable

_DATA = Path(__file__).with_name("data")
_TABLE, _TELEPHONES = _DATA / "missions.csv", _DATA / "mission_telephones.csv"
_COUNTRY = re.compile(r"[A-Z]{3}")
_ONE_DAY = timedelta(days=1)


class Kind(StrEnum):
    """What a mission is, by the word that its name begins with."""

    EMBASSY = "KBRI"
    CONSULATE_GENERAL = "KJRI"
    CONSULATE = "KRI"
    TRADE_OFFICE = "KDEI"


class Confidence(StrEnum):
    """Whether a row was read in the source that it names."""

    READ = "read"
    GENERAL = "general knowledge"


class Basis(StrEnum):
    """By what a mission was found."""

    REGION = "region"
    COUNTRY = "country"
    REGION_UNKNOWN = "region_unknown"


class MissionsError(Unusable):
    """A table of missions that cannot be used."""


@dataclass(frozen=True)
class Row:
    """One mission for one place, from a day to a day; both included, None: without an end."""

    country: str
    region: str
    also: tuple[str, ...]
    mission: str
    valid_from: date | None
    valid_until: date | None
    confidence: Confidence
    source: str
    read_on: date | None

    @property
    def sources(self) -> tuple[str, ...]:
        """Each an address, and behind a space what is to be said of it."""
        return tuple(filter(None, self.source.split("; ")))

    @property
    def kind(self) -> Kind:
        """What the mission is."""
        return Kind(self.mission.partition(" ")[0])

    def holds(self, on: date) -> bool:
        """Whether it holds on a day."""
        begins, ends = self.valid_from or date.min, self.valid_until or date.max
        return begins <= on <= ends


@dataclass(frozen=True)
class Found:
    """A mission, and how it was found."""

    row: Row
    basis: Basis


@dataclass(frozen=True)
class Telephone:
    """A number of a mission, as somebody told it on a day."""

    number: str
    told_on: date
    source: str


@dataclass(frozen=True)
class Missions:
    """The whole table: rows by country and region, and the names of regions by country."""

    rows: Mapping[tuple[str, str], Sequence[Row]]
    _names: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))

    @classmethod
    def load(cls, path: Path) -> "Missions":
        """Read and check a table; MissionsError says all that is wrong with it."""
        with path.open(newline="", encoding="utf-8") as file:
            lines = list(csv.DictReader(file))
        wrong, rows = [], []
        for number, line in enumerate(lines, start=2):
            try:
                rows.append(_row(line))
            except ValueError as error:
                wrong.append(f"line {number}: {error}")
        found = cls(_by_place(rows))
        wrong += [*found._take_names(), *found._problems()]
        if wrong:
            raise MissionsError(path, wrong)
        return found

    @property
    def countries(self) -> list[str]:
        """The countries that the table knows."""
        return sorted({country for country, _ in self.rows})

    def of_country(self, country: str, on: date) -> list[Row]:
        """What holds on a day in a country: its embassy's row first."""
        rows = (row for place, rows in self.rows.items() if place[0] == country for row in rows)
        return [row for row in rows if row.holds(on)]

    def find(self, country: str, region: str, on: date) -> Found | None:
        """The mission for a place on a day, or its country's; None for a country without a row."""
        if (country, "") not in self.rows:
            return None
        known = self._region(country, region)
        if known is not None:
            return Found(self._holding(country, known, on), Basis.REGION)
        basis = Basis.REGION_UNKNOWN if self._names.get(country) else Basis.COUNTRY
        return Found(self._holding(country, "", on), basis)

    def _holding(self, country: str, region: str, on: date) -> Row:
        return next(row for row in self.rows[country, region] if row.holds(on))

    def _region(self, country: str, text: str) -> str | None:
        """The region that a text names, however it is spelt; None where it may be two or none."""
        names = self._names.get(country, {})
        near: dict[int, set[str]] = defaultdict(set)
        for asked, name in product(keys_of(text), names):
            if may_be(asked, name) and (slips := slips_between(asked, name)) <= slips_in(name):
                near[slips].add(names[name])
        meant = near[min(near)] if near else set()
        return meant.pop() if len(meant) == 1 else None

    def _take_names(self) -> Iterator[str]:
        """Every name of every region; what is wrong with them."""
        for (country, region), rows in self.rows.items():
            spelt = {region, *(each for row in rows for each in row.also)} - {""}
            for name in sorted(spelt):
                if not folded(name):
                    yield f"{country} {region}: {name} names nothing"
                for key in keys_of(name):
                    other = self._names[country].setdefault(key, region)
                    if other != region:
                        yield f"{country} {region}: {name} names {other}, too"

    def _problems(self) -> Iterator[str]:
        for (country, region), rows in self.rows.items():
            if (country, "") not in self.rows:
                yield f"{country} {region}: the country itself has no row"
            yield from _joints(f"{country} {region}".strip(), rows)


@cache
def missions() -> Missions:
    """The table of this release."""
    return Missions.load(_TABLE)


@cache
def telephones() -> Mapping[str, Sequence[Telephone]]:
    """The telephone numbers of missions that were read somewhere."""
    found: dict[str, list[Telephone]] = defaultdict(list)
    with _TELEPHONES.open(newline="", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            told_on = date.fromisoformat(line["told_on"])
            found[line["mission"]].append(Telephone(line["telephone"], told_on, line["source"]))
    return found


def mission_of(country: str, region: str, on: date) -> Found | None:
    """The mission that serves a region of a country on a day; None for a country without a row."""
    return missions().find(country, region, on)


def _row(line: Mapping[str, str]) -> Row:
    """A line of the table; ValueError says what is wrong with it."""
    row = Row(
        country=line["country"],
        region=line["region"],
        also=tuple(each for each in line["also"].split("|") if each),
        mission=line["mission"],
        valid_from=_day(line["valid_from"]),
        valid_until=_day(line["valid_until"]),
        confidence=Confidence(line["confidence"]),
        source=line["source"],
        read_on=_day(line["read_on"]),
    )
    if not _COUNTRY.fullmatch(row.country):
        raise ValueError(f"{row.country} is no country code of three letters")
    if not row.mission.removeprefix(row.kind).strip():
        raise ValueError(f"{row.mission} names no place")
    if (row.confidence is Confidence.READ) != bool(row.source and row.read_on):
        raise ValueError("what was read names its source and the day; what was not names none")
    if wrong := [each for each in row.sources if not each.startswith(("http://", "https://"))]:
        raise ValueError(f"a source begins with its address: {wrong}")
    return row


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _by_place(rows: Iterable[Row]) -> Mapping[tuple[str, str], Sequence[Row]]:
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.country, row.region, row.valid_from or date.min)):
        found[row.country, row.region].append(row)
    return found


def _joints(place: str, rows: Sequence[Row]) -> Iterator[str]:
    """Where the rows of one place do not follow each other, day by day."""
    if rows[0].valid_from is not None:
        yield f"{place}: nobody before {rows[0].valid_from}"
    if rows[-1].valid_until is not None:
        yield f"{place}: nobody after {rows[-1].valid_until}"
    for row in rows:
        if row.valid_from and row.valid_until and row.valid_until < row.valid_from:
            yield f"{place}: {row.mission} ends before it begins"
    for row, after in pairwise(rows):
        if row.valid_until is None or after.valid_from is None:
            yield f"{place}: {row.mission} and {after.mission} overlap"
        elif after.valid_from != row.valid_until + _ONE_DAY:
            said = "overlap" if after.valid_from <= row.valid_until else "leave a gap"
            yield f"{place}: {row.mission} and {after.mission} {said}"
