"""The published figures of 2024, typed. Source: data/complaint_facts.csv."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from services.cli.demo.data_files import HERE, rows

YEAR = 2024
ALL_MONTHS = tuple(range(1, 13))


class Dimension(StrEnum):
    TOTAL = "total"
    CATEGORY = "category"
    COUNTRY = "country"
    PROVINCE = "province"
    PROCEDURE = "procedure"
    TOP_FIVE_COUNTRIES = "top_five_countries"
    MONTH_MIN = "month_min"
    MONTH_MAX = "month_max"


MAIN = (Dimension.TOTAL, Dimension.CATEGORY, Dimension.COUNTRY)
NON_PROCEDURAL = "non_procedural"
PROCEDURAL = "procedural"

CATEGORY_CODES = {
    "deportasi_repatriasi": "deported",
    "gagal_berangkat": "failed_departure",
    "gaji_tidak_dibayar": "unpaid_wages",
    "ingin_dipulangkan": "repatriation_wish",
    "jaminan_sosial": "social_security",
    "meninggal_dunia": "death",
    "penipuan_peluang_kerja": "job_fraud",
    "sakit": "sick",
}
KONGO = 'COG/COD ("Kongo")'


class FactsDisagreeError(ValueError):
    """The published figures cannot all hold at once."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: how many complaints of `months` have one of `codes` in `dimension`.

    `codes` is empty where the figure is about all of them. "Kongo" is published as one bucket of
    two countries, so it has two codes. `published` is False for a figure of the plan's own.
    `value` is already multiplied by `times`, the scale of the load.
    """

    period: str
    months: tuple[int, ...]
    dimension: Dimension
    key: str
    codes: frozenset[str]
    value: int
    times: int = 1
    derived: bool = False
    published: bool = True
    source: str = ""


def published(
    dimensions: Collection[Dimension] = tuple(Dimension),
    months: Collection[int] = ALL_MONTHS,
    scale: int = 1,
) -> list[Figure]:
    """The figures about these dimensions whose whole period lies within these months.

    At a scale above one every value is multiplied: then it is no longer the published number.
    """
    figures = [
        replace(figure, value=figure.value * scale, times=scale)
        for row in rows(HERE / "complaint_facts.csv")
        if row["unit"] == "complaints"
        for figure in [_figure(row)]
        if figure.dimension in dimensions and set(figure.months) <= set(months)
    ]
    return sorted(figures, key=lambda figure: (-len(figure.months), figure.months))


def not_replayed() -> list[tuple[str, str]]:
    """What is published about 2024 and the demo does not reproduce, each with the reason."""
    return [
        (
            f"{row['period']} {row['key']} {row['value']} ({row['source']})",
            "the sources give neither the day of publication nor what counts as settled",
        )
        for row in rows(HERE / "complaint_facts.csv")
        if row["unit"] == "share"
    ]


def the_only(figures: Iterable[Figure], dimension: Dimension, period: str = str(YEAR)) -> int:
    """The value of the one figure about a dimension and a period."""
    values = [f.value for f in figures if f.dimension is dimension and f.period == period]
    if len(values) != 1:
        raise FactsDisagreeError(f"{len(values)} figures for {dimension} of {period}, not one")
    return values[0]


def months_of(period: str) -> tuple[int, ...]:
    match period.split("-"):
        case [_]:
            return ALL_MONTHS
        case [_, "H1"]:
            return ALL_MONTHS[:6]
        case [_, month]:
            return (int(month),)
    raise ValueError(f"unknown period {period}")


def _figure(row: dict[str, str]) -> Figure:
    dimension = Dimension(row["dimension"])
    key, codes = _named(dimension, row["key"])
    return Figure(
        period=row["period"],
        months=months_of(row["period"]),
        dimension=dimension,
        key=key,
        codes=frozenset(codes),
        value=int(row["value"]),
        derived=row["derived"] == "1",
        source=row["source"],
    )


def _named(dimension: Dimension, key: str) -> tuple[str, set[str]]:
    """A figure's name in our words, and the codes it counts."""
    match dimension:
        case Dimension.CATEGORY:
            return CATEGORY_CODES[key], {CATEGORY_CODES[key]}
        case Dimension.COUNTRY if key == KONGO:
            return "COG/COD", {"COG", "COD"}
        case Dimension.COUNTRY | Dimension.PROCEDURE:
            return key, {key}
        case Dimension.PROVINCE:
            return key, {key.split(maxsplit=1)[0]}
        case _:
            return key, set()
