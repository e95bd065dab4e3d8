"""What is wrong with units and decrees, each fault in a sentence that names the entry and the day.

Decrees are checked over each other, for every unit that they hold for: none takes away what is no
day off, and what one is said to have in common with the library is there.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from services.process.calendar import BASE, KP2MI, LIBRARY
from services.process.units import WEEK, Days, Decree, Unit, days_off


def problems(units: Mapping[str, Unit], decrees: Sequence[Decree]) -> list[str]:
    """All that is wrong; `decrees` come in the order in which they were published."""
    found = [*_of_units(units), *_of_numbers([each.number for each in decrees])]
    for decree in decrees:
        entry = f"decree {decree.number}"
        found += _of_itself(entry, decree)
        found += [
            f"{entry}: unit {name} is not known" for name in decree.units if name not in units
        ]
    return [*found, *_of_holding(units, decrees)]


def _of_units(units: Mapping[str, Unit]) -> Iterator[str]:
    if KP2MI not in units:
        yield f"has no unit {KP2MI}, by whose calendar is counted where no other is named"
    for name, unit in units.items():
        if set(WEEK) == set(unit.weekend):
            yield f"unit {name}: a weekend of seven days leaves no working day"
        yield from _of_days(f"unit {name}", "days_off", unit.days_off)


def _of_numbers(numbers: Sequence[str]) -> Iterator[str]:
    for number in sorted(set(numbers)):
        if number == BASE or numbers.count(number) > 1:
            yield f"decree {number}: another one, or the version without any, has that number"


def _of_itself(entry: str, decree: Decree) -> Iterator[str]:
    yield from _of_days(entry, "adds", decree.adds)
    yield from _of_days(entry, "takes_away", decree.takes_away)
    both = _all(decree.adds) & _all(decree.takes_away)
    yield from (f"{entry}: adds and takes away {day}" for day in sorted(both))
    for year in decree.fixes:
        if not decree.adds.get(year):
            yield f"{entry}: fixes {year} and adds no day of it"
    if not (decree.adds or decree.takes_away or decree.fixes):
        yield f"{entry}: adds nothing, takes nothing away and fixes no year"


def _of_days(entry: str, what: str, days: Days) -> Iterator[str]:
    for year, listed in days.items():
        for day in sorted(set(listed)):
            if day.year != year:
                yield f"{entry}: {what} {day} under {year}, which is of another year"
            if listed.count(day) > 1:
                yield f"{entry}: {what} lists {day} twice"


def _of_holding(units: Mapping[str, Unit], decrees: Sequence[Decree]) -> Iterator[str]:
    """What is wrong with decrees over each other; each fault once, with the units that it is of."""
    found = dict[str, list[str]]()
    for name, unit in units.items():
        holding = [each for each in decrees if each.holds_for(name, unit)]
        for count, decree in enumerate(holding):
            if decree.in_library:
                wrong = _of_library(decree, unit, holding[count + 1 :])
            else:
                wrong = _of_taken(decree, unit, holding[:count])
            for problem in wrong:
                found.setdefault(f"decree {decree.number}: {problem}", []).append(name)
    for problem, names in found.items():
        others = f" and {len(names) - 1} more" if names[1:] else ""
        yield f"{problem} (unit {names[0]}{others})"


def _of_taken(decree: Decree, unit: Unit, before: Sequence[Decree]) -> Iterator[str]:
    for day in sorted(_all(decree.takes_away)):
        if day not in days_off(day.year, unit, before):
            yield (
                f"takes away {day}, which is no day off; if {LIBRARY} has moved it already, "
                "say in_library = true"
            )


def _of_library(decree: Decree, unit: Unit, after: Sequence[Decree]) -> Iterator[str]:
    """Days that the library should have, or not; what a later decree of it moves is that one's."""
    later = [each for each in after if each.in_library]
    moved = {day for each in later for day in _all(each.adds) | _all(each.takes_away)}
    for day in sorted(_all(decree.adds) - moved):
        if day not in days_off(day.year, unit, ()):
            yield f"is said to be in the library, but by {LIBRARY} {day} is no day off"
    for day in sorted(_all(decree.takes_away) - moved):
        if day in days_off(day.year, unit, ()):
            yield f"is said to be in the library, but by {LIBRARY} {day} is a day off"


def _all(days: Days) -> set[date]:
    return {day for listed in days.values() for day in listed}
