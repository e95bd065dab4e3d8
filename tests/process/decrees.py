"""Calendars with fictional decrees, written as an operator would; all fictional."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

from services.process.calendars import Calendars

UNITS = """
[units.kp2mi]
name = "Badan (contoh)"
zone = "Asia/Jakarta"
source = "contoh"
verified = false
[units.mission]
name = "Perwakilan (contoh)"
zone = "Asia/Riyadh"
weekend = ["friday", "saturday"]
closes_at = 15:00:00
source = "contoh"
verified = false
[units.alone]
name = "Kantor (contoh)"
zone = "Asia/Jayapura"
indonesian_days_off = false
days_off.2026 = [2026-09-23]
source = "contoh"
verified = false
"""
MOVED = date(2026, 2, 10)


def a_decree(
    number: str = "SKB (contoh) 1",
    adds: Iterable[date] = (),
    takes_away: Iterable[date] = (),
    published_on: date = MOVED,
    more: str = "",
) -> str:
    """A decree as it stands in the file; `more` is what comes before its days."""
    head = f'[[decree]]\nnumber = "{number}"\npublished_on = {published_on}\n{more}\n'
    source = 'source = "fiksi"\nverified = false\n'
    return head + source + _listed("adds", adds) + _listed("takes_away", takes_away)


def _listed(what: str, days: Iterable[date]) -> str:
    by_year = dict[int, list[str]]()
    for day in days:
        by_year.setdefault(day.year, []).append(str(day))
    return "".join(f"{what}.{year} = [{', '.join(listed)}]\n" for year, listed in by_year.items())


def calendars(folder: Path, *decrees: str, units: str = UNITS) -> Calendars:
    """What a file with these decrees makes."""
    path = folder / "calendars.toml"
    path.write_text(units + "\n".join(decrees))
    return Calendars.load(path)
