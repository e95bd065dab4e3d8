"""Opens the demo's data files and the reference data it shares with the deputy for complaints."""

import csv
import tomllib
from pathlib import Path
from random import Random
from typing import Any

HERE = Path(__file__).parent / "data"
COMPLAINT = Path(__file__).parents[2] / "complaint" / "data"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def toml(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))


def seeded(*path: object) -> Random:
    """A generator of its own for each use: the same path draws the same numbers for ever."""
    return Random(":".join(map(str, path)))  # noqa: S311 - a replay, no secret
