"""Jars from Maven through jgo, each held to the hash in jars.lock.toml.

`python -m infra.local.jars fetch [NAME…]` brings what is missing into build/jars;
`python -m infra.local.jars_lock` resolves jars.toml anew.
"""

from __future__ import annotations

import hashlib
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.local.layout import JARS

HERE = Path(__file__).parent
WANTED = HERE / "jars.toml"
LOCK = HERE / "jars.lock.toml"


class JarsFailed(Exception):
    """A jar could not be brought, or is not the one that was locked."""


@dataclass(frozen=True)
class Jar:
    """One locked file of a set. The coordinate is group:artifact:version[:classifier]."""

    set_name: str
    coordinate: str
    sha256: str
    size: int

    @property
    def path(self) -> Path:
        return JARS / self.set_name / file_name(self.coordinate)


def jar_path(name: str) -> Path:
    """Path of a set that is one jar (`zipkin`, `protovalidate`), fetched if it is missing."""
    (jar,) = locked(name)
    fetch([name])
    return jar.path


def class_path(name: str) -> str:
    """All jars of a set as a Java class path, fetched if one is missing."""
    fetch([name])
    return str(JARS / name / "*")


def locked(name: str | None = None) -> list[Jar]:
    """The locked jars, of one set or of all."""
    sets = tomllib.loads(LOCK.read_text())
    return [
        Jar(set_name, coordinate, entry["sha256"], entry["size"])
        for set_name, entries in sets.items()
        if name in (None, set_name)
        for coordinate, entry in entries.items()
    ]


def fetch(names: Sequence[str] = ()) -> None:
    """Bring what is missing of the named sets, or of all that is not brought on demand. A file in
    its place has been checked."""
    wanted = [jar for jar in locked() if jar.set_name in (names or _at_setup())]
    missing = [jar for jar in wanted if not jar.path.exists()]
    if not missing:
        return
    # Only when something is missing: importing jgo takes most of a second.
    from infra.local.jars_download import bring

    bring(missing)


def _at_setup() -> list[str]:
    wanted = tomllib.loads(WANTED.read_text())
    return [name for name, each in wanted.items() if not each.get("on_demand")]


def file_name(coordinate: str) -> str:
    _, name, version, *classifier = coordinate.split(":")
    return "-".join([name, version, *classifier]) + ".jar"


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    fetch(sys.argv[2:] if sys.argv[1:2] == ["fetch"] else sys.argv[1:])
