"""The table of categories: what a complaint is about, and which deputy takes it."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from services.chassis.errors import Invalid

_TABLE = Path(__file__).with_name("data") / "categories.csv"
INFORMATION = "information"


@dataclass(frozen=True)
class Category:
    """One row. `handed_to` is the service that takes such a complaint; empty: it stays here."""

    code: str
    names: dict[str, str]
    handed_to: str

    @property
    def is_information(self) -> bool:
        """An information request: no complaint, answered and closed here."""
        return self.code == INFORMATION


@cache
def categories() -> dict[str, Category]:
    """Every category by its code."""
    with _TABLE.open(newline="") as file:
        return {row["code"]: _category(row) for row in csv.DictReader(file)}


def category(code: str) -> Category:
    """The category of a code; Invalid when the table has none."""
    found = categories().get(code)
    if found is None:
        raise Invalid(
            f"category {code} is not in the table",
            reason="UNKNOWN_CATEGORY",
            fields=(("category", "in", "must be a code of the category table"),),
        )
    return found


def _category(row: dict[str, str]) -> Category:
    return Category(row["code"], {"id": row["name_id"], "en": row["name_en"]}, row["handed_to"])
