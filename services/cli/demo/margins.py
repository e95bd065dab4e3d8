"""Counts per month and per category, country, province and procedure that obey every figure.

A published figure is taken as it is. The rest of its period goes to what is not listed there, by
weight, and none of it above the smallest listed figure. Months that are published only as a sum
share it in proportion to their working days, strictly between the published extremes.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from random import Random

from services.cli.demo.apportion import apportion, jittered, shuffled
from services.cli.demo.facts import (
    ALL_MONTHS,
    NON_PROCEDURAL,
    PROCEDURAL,
    YEAR,
    Dimension,
    FactsDisagreeError,
    Figure,
    the_only,
)
from services.process.calendar import ONE_DAY, add_months
from services.process.calendars import CALENDARS

TOP = 5


def working_days(month: int) -> list[date]:
    first = date(YEAR, month, 1)
    return CALENDARS.of().working_days(first, add_months(first, 1) - ONE_DAY)


def published_months(figures: Sequence[Figure]) -> dict[int, int]:
    """The totals of the months that have a figure of their own."""
    totals = (f for f in figures if f.dimension is Dimension.TOTAL and len(f.months) == 1)
    return {figure.months[0]: figure.value for figure in totals}


def month_totals(figures: Sequence[Figure]) -> dict[int, int]:
    """Complaints per month; raises FactsDisagreeError if the published totals contradict."""
    known = published_months(figures)
    spread = [month for month in ALL_MONTHS if month not in known]
    rest = the_only(figures, Dimension.TOTAL) - sum(known.values())
    lowest, highest = _extremes(figures)
    weights = {str(month): float(len(working_days(month))) for month in spread}
    shares = apportion(rest, weights) if rest >= 0 and spread else Counter[str]()
    totals = {month: known.get(month, shares[str(month)]) for month in ALL_MONTHS}
    for figure in figures:
        of_period = sum(totals[month] for month in figure.months)
        if figure.dimension is Dimension.TOTAL and of_period != figure.value:
            raise FactsDisagreeError(
                f"{figure.period} is published as {figure.value}, its months sum to {of_period}"
            )
    if not all(lowest < totals[month] < highest for month in spread):
        raise FactsDisagreeError(f"months {spread} leave the extremes {lowest} to {highest}")
    return totals


def _extremes(figures: Sequence[Figure]) -> tuple[int, int]:
    return the_only(figures, Dimension.MONTH_MIN), the_only(figures, Dimension.MONTH_MAX)


def counts(
    total: int, listed: Sequence[Figure], weights: Mapping[str, float], rng: Random
) -> Counter[str]:
    """The counts of one dimension in one period, from the figures listed for it."""
    taken = Counter({_code(figure, weights): figure.value for figure in listed})
    rest = {code: weight for code, weight in weights.items() if code not in taken}
    cap = min(taken.values()) if taken else None
    try:
        return taken + apportion(total - taken.total(), jittered(rest, rng), cap)
    except ValueError as error:
        where = f"{listed[0].dimension} of {listed[0].period}" if listed else "a period"
        raise FactsDisagreeError(f"{where}: {error}") from error


def _code(figure: Figure, weights: Mapping[str, float]) -> str:
    """The code that stands for a figure: of a bucket, the one that has a weight."""
    return next(code for code in sorted(figure.codes) if code in weights)


def countries(
    figures: Sequence[Figure], month: int, total: int, weights: Mapping[str, float], rng: Random
) -> Counter[str]:
    """The countries of a month; in one month only the sum of the five largest is published."""
    top = about(figures, Dimension.TOP_FIVE_COUNTRIES, (month,))
    if top:
        return _countries_with_top(total, top[0].value, weights, rng)
    return counts(total, about(figures, Dimension.COUNTRY, (month,)), weights, rng)


def _countries_with_top(
    total: int, top: int, weights: Mapping[str, float], rng: Random
) -> Counter[str]:
    """Counts whose five largest sum to `top`; the five that weigh most are taken for them."""
    heaviest = sorted(weights, key=lambda code: -weights[code])
    first = apportion(top, {code: weights[code] for code in heaviest[:TOP]})
    rest = jittered({code: weights[code] for code in heaviest[TOP:]}, rng)
    return first + apportion(total - top, rest, min(first.values()))


def about(figures: Sequence[Figure], dimension: Dimension, months: tuple[int, ...]) -> list[Figure]:
    """The figures listed about a dimension for exactly these months."""
    return [f for f in figures if f.dimension is dimension and f.months == months]


def categories_by_month(
    figures: Sequence[Figure],
    totals: Mapping[int, int],
    weights: Mapping[str, float],
    rng: Random,
) -> dict[int, list[str]]:
    """The categories of each month's complaints. The first half of the year is published as one:
    its categories are dealt to its months, which keeps both margins."""
    half = ALL_MONTHS[:6]
    listed = about(figures, Dimension.CATEGORY, half)
    of_half = shuffled(counts(sum(totals[m] for m in half), listed, weights, rng), rng)
    by_month = {}
    for month in half:
        by_month[month], of_half = of_half[: totals[month]], of_half[totals[month] :]
    for month in ALL_MONTHS[6:]:
        listed = about(figures, Dimension.CATEGORY, (month,))
        by_month[month] = shuffled(counts(totals[month], listed, weights, rng), rng)
    return by_month


def procedures(figures: Sequence[Figure], month: int, total: int) -> Counter[str]:
    """Non-procedural and procedural; December's published share stands for every other month."""
    listed = about(figures, Dimension.PROCEDURE, (month,))
    shares = listed or about(figures, Dimension.PROCEDURE, (12,))
    return apportion(
        total, {key: float(_value(shares, key)) for key in (NON_PROCEDURAL, PROCEDURAL)}
    )


def _value(figures: Sequence[Figure], key: str) -> int:
    return next(figure.value for figure in figures if figure.key == key)
