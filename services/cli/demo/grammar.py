"""The grammar of the demo's texts, read from data/grammar/."""

from dataclasses import dataclass
from typing import Any

from services.cli.demo.data_files import COMPLAINT, HERE, rows, toml

NOT_CATEGORIES = ("words", "noise")


@dataclass(frozen=True, slots=True)
class Category:
    """How people put one kind of complaint."""

    openings: tuple[str, ...]
    asks: tuple[str, ...]


class Grammar:
    """Templates by category code, and the words and noise to fill them with."""

    def __init__(self) -> None:
        files = sorted(path.stem for path in (HERE / "grammar").glob("*.toml"))
        tables = {name: toml(f"grammar/{name}.toml") for name in files}
        self.words: dict[str, dict[str, Any]] = tables["words"]
        self.noise: dict[str, dict[str, Any]] = tables["noise"]
        self.categories = {
            code: Category(tuple(entry["openings"]), tuple(entry["asks"]))
            for name, table in tables.items()
            if name not in NOT_CATEGORIES
            for code, entry in table.items()
        }
        self.countries = {row["code"]: row["name_id"] for row in rows(HERE / "countries.csv")}
        self.regencies = {row["code"]: row["name"] for row in rows(COMPLAINT / "regencies.csv")}

    def phrase(self, name: str) -> list[str]:
        phrases: list[str] = self.words["phrases"][name]
        return phrases
