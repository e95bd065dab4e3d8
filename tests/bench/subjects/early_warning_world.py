"""Ten years of complaints in which nothing is wrong, and what is put into them.

Countries, categories and provinces by the weights of the demo (published order of 2017, 2021 and
2024); regencies within a province and agencies by Zipf; about 29 complaints a week, as in 2024.
"""

import csv
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from services.protection.early_warning.arrays import Array

DEMO = Path("services/cli/demo/data")
REGENCIES = Path("services/complaint/data/regencies.csv")
A_WEEK, DISPERSION, AGENCIES, PROCEDURAL = 29.0, 1.5, 424, 0.22
PAIRS, UNITS = 300, 23
FAMILIES = ("country", "category", "province", "regency", "agency", "country and category")


@dataclass(frozen=True, eq=False)
class World:
    """`family` S of each stream; `unit` S: its BP3MI, -1 for none; the rest is how to draw."""

    family: Array
    unit: Array
    first: Array
    margins: tuple[Array, ...]
    province_of: Array
    pair: Array

    def draw(self, rng: np.random.Generator, many: int) -> Array:
        """`many` complaints x families: the stream in each, -1 for none."""
        country, category, regency, agency = (
            rng.choice(len(weights), many, p=weights) for weights in self.margins
        )
        with_agency = rng.random(many) < PROCEDURAL
        return np.column_stack(
            [
                country,
                self.first[1] + category,
                self.first[2] + self.province_of[regency],
                self.first[3] + regency,
                np.where(with_agency, self.first[4] + agency, -1),
                self.pair[country, category],
            ]
        )

    def week(self, rng: np.random.Generator) -> Array:
        """The complaints of a week; their number varies more than Poisson."""
        rate = rng.gamma(A_WEEK / (DISPERSION - 1), DISPERSION - 1)
        return self.draw(rng, int(rng.poisson(rate)))


def a_world() -> World:
    """From the tables of the demo; about 1,370 streams."""
    shares = tomllib.loads((DEMO / "shares.toml").read_text())
    with (DEMO / "countries.csv").open() as file:
        country = _shares([float(row["weight"]) for row in csv.DictReader(file)])
    category = _shares(list(shares["categories"].values()))
    with REGENCIES.open() as file:
        of_province = [row["province_code"] for row in csv.DictReader(file)]
    provinces = sorted(set(of_province))
    province_of = np.array([provinces.index(code) for code in of_province])
    weight = np.array([shares["provinces"].get(code, 0.2) for code in provinces])
    regency = _regencies(province_of, weight)
    agency = _shares([1 / (rank + 10) for rank in range(AGENCIES)])
    sizes = (len(country), len(category), len(provinces), len(regency), AGENCIES, PAIRS)
    first = np.concatenate([[0], np.cumsum(sizes)])
    largest = np.argsort(-np.outer(country, category).ravel(), kind="stable")[:PAIRS]
    pair = np.full(len(country) * len(category), -1)
    pair[largest] = first[5] + np.arange(PAIRS)
    unit = np.full(first[-1], -1)
    unit[first[2] : first[3]] = np.arange(len(provinces)) % UNITS
    unit[first[3] : first[4]] = province_of % UNITS
    return World(
        family=np.repeat(np.arange(len(sizes)), sizes),
        unit=unit,
        first=first,
        margins=(country, category, regency, agency),
        province_of=province_of,
        pair=pair.reshape(len(country), -1),
    )


def _shares(weights: list[float]) -> Array:
    values = np.array(weights)
    found: Array = values / values.sum()
    return found


def _regencies(province_of: Array, weight: Array) -> Array:
    rank = np.array(
        [np.sum(province_of[:place] == province_of[place]) for place in range(len(province_of))]
    )
    share = 1 / (rank + 3)
    total = np.bincount(province_of, share)
    found: Array = weight[province_of] * share / total[province_of]
    found /= found.sum()
    return found


def a_ring(world: World, rng: np.random.Generator, weeks: int = 4) -> list[Array]:
    """Five complaints in four weeks about one agency, out of one regency, in several countries."""
    agency = world.first[4] + rng.integers(AGENCIES)
    regency = rng.integers(len(world.province_of))
    found = []
    for many in rng.multinomial(5, np.full(weeks, 1 / weeks)):
        rows = world.draw(rng, int(many))
        rows[:, 2] = world.first[2] + world.province_of[regency]
        rows[:, 3], rows[:, 4] = world.first[3] + regency, agency
        found.append(rows)
    return found


def a_wave(world: World, rng: np.random.Generator, weeks: int = 6) -> list[Array]:
    """Three more complaints a week out of one of the countries after the five largest."""
    country = int(rng.integers(5, 15))
    found = []
    for _ in range(weeks):
        rows = world.draw(rng, int(rng.poisson(3)))
        category = rows[:, 1] - world.first[1]
        rows[:, 0], rows[:, 5] = country, world.pair[country, category]
        found.append(rows)
    return found
