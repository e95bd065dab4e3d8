"""What the demo's officers know of a category: how grave it is and who works on it."""

from dataclasses import dataclass
from functools import cache

from services.cli.demo.data_files import COMPLAINT, rows

GRAVEST = 4


@dataclass(frozen=True, slots=True)
class Category:
    """`handed_to` is the deputy that gets the complaint; empty where complaint keeps it."""

    code: str
    severity: int
    handed_to: str


def category(code: str) -> Category:
    """The category of the table; raises KeyError for a code that is not there."""
    return _categories()[code]


def codes() -> tuple[str, ...]:
    return tuple(_categories())


@cache
def _categories() -> dict[str, Category]:
    return {
        row["code"]: Category(row["code"], int(row["suggested_severity"]), row["handed_to"])
        for row in rows(COMPLAINT / "categories.csv")
    }
