"""People and companies of the demo: all invented, and each name shows it."""

from dataclasses import dataclass, replace
from functools import cache
from random import Random

from services.cli.demo.data_files import seeded
from services.cli.demo.grammar import Grammar
from services.cli.demo.plan import Filing
from services.cli.demo.shares import Filer

WOMEN_SHARE = 0.6
WOMEN_ONLY = ("pregnancy",)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who and what one filing is about. `p3mi` is empty where no company placed the worker."""

    worker: str
    woman: bool
    complainant: str
    contact: str
    employer: str
    p3mi: str
    job: str


@cache
def the_grammar() -> Grammar:
    return Grammar()


def cast(filing: Filing, grammar: Grammar, rng: Random) -> Cast:
    woman = filing.category in WOMEN_ONLY or rng.random() < WOMEN_SHARE
    worker = _person(grammar, woman, rng)
    other = _person(grammar, rng.random() < 0.5, rng)
    complainant = worker if filing.filer is Filer.WORKER else other
    job, employers = rng.choice(list(grammar.words["jobs"].items()))
    employer = str(employers).format(last=rng.choice(grammar.words["people"]["last"]))
    p3mi = rng.choice(grammar.words["companies"]["p3mi"]) if filing.procedural else ""
    contact = _contact(complainant, filing.index, rng)
    return Cast(worker, woman, complainant, contact, employer, p3mi, job)


def told_again(known: Cast, other: Cast) -> Cast:
    """The same worker, of whom somebody else tells."""
    return replace(known, complainant=other.complainant, contact=other.contact)


@dataclass(frozen=True, slots=True)
class Registered:
    """Somebody in placement's register. Numbers have the form of real ones, in an area and a series
    that do not exist."""

    name: str
    nik: str
    passport_no: str
    contact: str
    regency: str


def placed_worker(number: int, seed: int) -> Registered:
    """Who is placed under a number."""
    grammar, rng = the_grammar(), seeded(seed, "worker", number)
    woman = rng.random() < WOMEN_SHARE
    name, regency = _person(grammar, woman, rng), rng.choice(list(grammar.regencies))
    return _registered(name, "000000", number, woman, regency)


def complained_worker(filing: Filing, name: str) -> Registered:
    """The worker whom a filing is about, as placement's register has them."""
    woman = name.split(maxsplit=1)[0] in the_grammar().words["people"]["women"]
    return _registered(name, "000001", filing.index, woman, filing.regency)


def _registered(name: str, area: str, number: int, woman: bool, regency: str) -> Registered:
    """A woman's day of birth counts from 41."""
    day, month, year = 1 + number % 28, 1 + number % 12, 70 + number % 30
    nik = f"{area}{day + 40 * woman:02}{month:02}{year:02}{number % 10_000:04}"
    passport_no = f"X{area[-1]}{number:06}"
    return Registered(name, nik, passport_no, f"+62 000 1{area[-1]} {number:06}", regency)


def _person(grammar: Grammar, woman: bool, rng: Random) -> str:
    people = grammar.words["people"]
    parts = ("women" if woman else "men", "middle", "last")
    return " ".join(rng.choice(people[part]) for part in parts)


def _contact(name: str, index: int, rng: Random) -> str:
    """An address in .example or a number in an area code that nobody can have."""
    if rng.random() < 0.3:
        return f"{name.lower().replace(' ', '.')}.{index}@contoh.example"
    return f"+62 000 {index // 10_000:04} {index % 10_000:04}"
