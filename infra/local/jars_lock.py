"""Resolve jars.toml with jgo and write jars.lock.toml: `python -m infra.local.jars_lock`."""

from __future__ import annotations

import tempfile
import tomllib
from pathlib import Path
from typing import TypedDict

import jgo
from jgo.maven import Artifact

from infra.local.jars import LOCK, WANTED, sha256_of
from infra.local.jars_download import artifact, maven


class Wanted(TypedDict, total=False):
    roots: list[str]
    without: list[str]
    alone: bool
    on_demand: bool


def coordinates(wanted: Wanted) -> list[str]:
    """What a set consists of: its roots and, unless they stand alone, what they need."""
    roots = wanted["roots"]
    if wanted.get("alone"):
        return sorted(roots)
    left_out = tuple(wanted.get("without", []))
    found = [coordinate(each) for each in jgo.resolve("+".join(roots))]
    return sorted(each for each in found if not each.startswith(left_out))


def coordinate(found: Artifact) -> str:
    parts = [found.groupId, found.artifactId, found.version, found.classifier]
    return ":".join(part for part in parts if part)


def main() -> None:
    lines = ["# Written by `make lock` from jars.toml: every jar with its hash and size in bytes."]
    with tempfile.TemporaryDirectory() as folder:
        context = maven(Path(folder))
        for name, wanted in tomllib.loads(WANTED.read_text()).items():
            lines += ["", f"[{name}]"]
            for each in coordinates(wanted):
                path = artifact(context, each).resolve()
                size = path.stat().st_size
                lines.append(f'"{each}" = {{ sha256 = "{sha256_of(path)}", size = {size} }}')
    LOCK.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
