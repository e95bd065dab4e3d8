"""The published year as filings: who files what, when, about which country.

Every published figure holds exactly; what is not published is filled by the weights in
data/shares.toml and countries.csv, which are assumptions. At a scale of n every count is
multiplied by n, so the equality then holds against n times the published figure.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from services.cli.demo import margins
from services.cli.demo.apportion import apportion, deal, jittered, shuffled
from services.cli.demo.data_files import seeded
from services.cli.demo.facts import ALL_MONTHS, PROCEDURAL, Dimension, Figure, published
from services.cli.demo.shares import Filer, Shares
from services.process.calendar import CLOSE_OF_BUSINESS, JAKARTA

INFORMATION = "information"
OPENING_HOUR = 8
BUSIEST_HOUR = 10


@dataclass(frozen=True, slots=True)
class Filing:
    """One filing. `spread`: its month is published only within a sum of months."""

    index: int
    filed_at: datetime
    month: int
    category: str
    country: str
    province: str
    regency: str
    procedural: bool
    filer: Filer
    spread: bool

    @property
    def is_information(self) -> bool:
        """An information request: filed the same way, but no complaint and in no figure."""
        return self.category == INFORMATION

    @property
    def filed_on(self) -> date:
        """The date in Jakarta; always a working day."""
        return self.filed_at.astimezone(JAKARTA).date()


@dataclass(frozen=True, slots=True)
class Plan:
    """Filings in order of time; `filings[n].index == n`."""

    filings: tuple[Filing, ...]
    months: tuple[int, ...]
    scale: int
    seed: int

    def only(self, *months: int) -> "Plan":
        """The filings of some months: a small demo whose published figures still hold."""
        kept = (filing for filing in self.filings if filing.month in months)
        return replace(self, filings=_in_order(kept), months=tuple(sorted(months)))

    def published(self, dimensions: Collection[Dimension] = tuple(Dimension)) -> list[Figure]:
        """The published figures that this plan must meet, times its scale."""
        return published(dimensions, self.months, self.scale)


def build_plan(scale: int = 1, seed: int = 2024, information: int = 0) -> Plan:
    """The year: 1,500 complaints times `scale`, and `information` requests beside them.

    Raises FactsDisagreeError if the published figures contradict each other.
    """
    figures, shares = published(scale=scale), Shares()
    totals = margins.month_totals(figures)
    rng = seeded(seed, "categories", scale)
    categories = margins.categories_by_month(figures, totals, shares.categories, rng)
    filings = [
        filing
        for month in ALL_MONTHS
        for filing in _of_month(month, categories[month], figures, shares, _rng(seed, month, scale))
    ]
    filings += _information(information, shares, seeded(seed, "information", scale))
    return Plan(_in_order(filings), ALL_MONTHS, scale, seed)


def _rng(seed: int, month: int, scale: int) -> Random:
    return seeded(seed, "month", month, scale)


def _of_month(
    month: int, categories: list[str], figures: list[Figure], shares: Shares, rng: Random
) -> list[Filing]:
    """The filings of a month whose categories are given; every margin of the month holds."""
    total = len(categories)
    countries = deal(
        categories,
        margins.countries(figures, month, total, shares.countries, rng),
        rng,
        shares.country_affinity,
    )
    procedures = deal(
        categories, margins.procedures(figures, month, total), rng, shares.procedure_affinity
    )
    listed = margins.about(figures, Dimension.PROVINCE, (month,))
    provinces = shuffled(margins.counts(total, listed, shares.provinces, rng), rng)
    spread = month not in margins.published_months(figures)
    days = margins.working_days(month)
    return [
        Filing(
            index=0,
            filed_at=_office_hour(rng.choice(days), rng),
            month=month,
            category=category,
            country=country,
            province=province,
            regency=rng.choice(shares.regencies[province]),
            procedural=procedure == PROCEDURAL,
            filer=shares.filer(category, rng),
            spread=spread,
        )
        for category, country, procedure, province in zip(
            categories, countries, procedures, provinces, strict=True
        )
    ]


def _information(total: int, shares: Shares, rng: Random) -> list[Filing]:
    """Information requests over the year; no source counts them, so their number is a wish."""
    by_month = apportion(total, jittered({str(month): 1.0 for month in ALL_MONTHS}, rng))
    return [
        Filing(
            index=0,
            filed_at=_office_hour(rng.choice(margins.working_days(int(month))), rng),
            month=int(month),
            category=INFORMATION,
            country=rng.choices(list(shares.countries), list(shares.countries.values()))[0],
            province=(province := rng.choices(*zip(*shares.provinces.items(), strict=True))[0]),
            regency=rng.choice(shares.regencies[province]),
            procedural=True,
            filer=shares.filer(INFORMATION, rng),
            spread=False,
        )
        for month in by_month.elements()
    ]


def _office_hour(day: date, rng: Random) -> datetime:
    """An instant (UTC) within office hours of a working day, likeliest in mid-morning."""
    opening, closing = OPENING_HOUR * 3600, CLOSE_OF_BUSINESS.hour * 3600
    second = int(rng.triangular(opening, closing, BUSIEST_HOUR * 3600))
    local = datetime.combine(day, time(), JAKARTA) + timedelta(seconds=second)
    return local.astimezone(UTC)


def _in_order(filings: Iterable[Filing]) -> tuple[Filing, ...]:
    ordered = sorted(filings, key=lambda filing: filing.filed_at)
    return tuple(replace(filing, index=index) for index, filing in enumerate(ordered))
