"""What git must not hold: generated code, binaries, and names of one machine or its registries."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from infra.local.layout import CHECKOUT

GENERATED = re.compile(
    r"_pb2(_grpc)?\.pyi?$|\.(binpb|class|egg|jar|pyc|so|whl)$|(^|/)node_modules/"
)
MACHINE_PATH = re.compile(r"(?<![\w.)}/~-])/(home|mnt|root|srv|tmp|Users|work)/[\w.-]")
REGISTRY = re.compile(
    r"\b(pypi|(files\.)?pythonhosted|registry\.npmjs|repo1?\.maven(\.apache)?)\.(org|com)\b"
    r"|--(extra-)?index-url[ =]"
)
INDEX_VARIABLES = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL")


def violations(checkout: Path = CHECKOUT) -> list[str]:
    """Every tracked file, or line of one, that does not belong in a repository."""
    hosts = index_hosts()
    return [problem for path in tracked(checkout) for problem in problems(checkout, path, hosts)]


def tracked(checkout: Path) -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=checkout, capture_output=True, text=True, check=True
    )
    return [path for path in listed.stdout.split("\0") if path and (checkout / path).is_file()]


def index_hosts() -> tuple[str, ...]:
    """The hosts from which this machine happens to bring packages."""
    urls = (url for name in INDEX_VARIABLES for url in os.environ.get(name, "").split())
    return tuple(host for url in urls if (host := urlsplit(url).hostname))


def problems(checkout: Path, path: str, hosts: tuple[str, ...]) -> Iterator[str]:
    if GENERATED.search(path):
        yield f"{path}: generated or binary files are made, not tracked"
        return
    content = (checkout / path).read_bytes()
    if b"\0" in content:
        yield f"{path}: a binary file"
        return
    for number, line in enumerate(content.decode(errors="replace").splitlines(), 1):
        yield from (f"{path}:{number}: {what}" for what in line_problems(line, hosts))


def line_problems(line: str, hosts: tuple[str, ...]) -> Iterator[str]:
    if MACHINE_PATH.search(line):
        yield "a path of one machine"
    if REGISTRY.search(line) or any(host in line for host in hosts):
        yield "the host of a package registry"
