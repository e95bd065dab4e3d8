"""People and companies of the demo: all invented, and each name shows it."""

from dataclasses import dataclass
from random import Random

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


def _person(grammar: Grammar, woman: bool, rng: Random) -> str:
    people = grammar.words["people"]
    parts = ("women" if woman else "men", "middle", "last")
    return " ".join(rng.choice(people[part]) for part in parts)


def _contact(name: str, index: int, rng: Random) -> str:
    """An address in .example or a number in an area code that nobody can have."""
    if rng.random() < 0.3:
        return f"{name.lower().replace(' ', '.')}.{index}@contoh.example"
    return f"+62 000 {index // 10_000:04} {index % 10_000:04}"
