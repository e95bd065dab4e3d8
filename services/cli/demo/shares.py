"""The assumed weights of what is not published: data/shares.toml and data/countries.csv."""

from enum import StrEnum
from random import Random

from services.cli.demo.data_files import COMPLAINT, HERE, rows, toml
from services.cli.demo.facts import NON_PROCEDURAL


class Filer(StrEnum):
    WORKER = "worker"
    FAMILY = "family"
    ATTORNEY = "attorney"


class Shares:
    """Weights by code, and how much likelier some codes meet than others."""

    def __init__(self) -> None:
        table = toml("shares.toml")
        self.categories: dict[str, float] = table["categories"]
        self.provinces: dict[str, float] = table["provinces"]
        self.countries = {r["code"]: float(r["weight"]) for r in rows(HERE / "countries.csv")}
        self.regencies: dict[str, list[str]] = {}
        for row in rows(COMPLAINT / "regencies.csv"):
            self.regencies.setdefault(row["province_code"], []).append(row["code"])
        self._filers: dict[str, list[float]] = table["filers"]
        self._countries: dict[str, dict[str, float]] = table["affinity"]["country"]
        self._procedural: dict[str, float] = table["affinity"]["procedural"]

    def filer(self, category: str, rng: Random) -> Filer:
        weights = self._filers.get(category, self._filers["default"])
        return rng.choices(list(Filer), weights)[0]

    def country_affinity(self, category: str, country: str) -> float:
        return self._countries.get(category, {}).get(country, 1.0)

    def procedure_affinity(self, category: str, procedure: str) -> float:
        return 1.0 if procedure == NON_PROCEDURAL else self._procedural.get(category, 1.0)
