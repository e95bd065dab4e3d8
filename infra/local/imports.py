"""Import rules that import-linter has no words for: what a domain may use, who may use eventlet."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from infra.local.layout import CHECKOUT

# A domain is rules on values: no clock, no ids, no chance, no outside world. What it imports of its
# own service is held to the same. services.process is law as data: clocks and grounds, values too.
OUTSIDE = frozenset(
    {"os", "random", "secrets", "socket", "sqlite3", "subprocess", "threading", "time", "uuid"}
)
DOMAIN_MAY = ("estafet", "google.protobuf", "services.chassis.errors", "services.process")
# nameko's parts that live on eventlet; one file of ours stands between (docs/decisions/0001).
GREEN = ("eventlet", "nameko.containers", "nameko.runners", "nameko.testing")
GREEN_FILE = "services/chassis/container.py"


def violations(checkout: Path = CHECKOUT) -> list[str]:
    """Every import that breaks a rule, as path:line."""
    pure = pure_files(checkout)
    return [
        f"{path.relative_to(checkout)}:{line}: {rule}: {module}"
        for path in python_files(checkout)
        for line, module in imported(path)
        if (rule := broken_rule(path.relative_to(checkout), module, pure=path in pure))
    ]


def python_files(checkout: Path) -> Iterator[Path]:
    for top in ("services", "infra", "tests"):
        yield from sorted((checkout / top).rglob("*.py"))


def pure_files(checkout: Path) -> frozenset[Path]:
    """The domains of all services, and every file of a service that its own domain imports."""
    services = checkout / "services"
    waiting = [*services.glob("*/domain.py"), *services.glob("*/domain/**/*.py")]
    found: set[Path] = set()
    while waiting:
        path = waiting.pop()
        found.add(path)
        own = "services", path.relative_to(services).parts[0]
        for _, module in imported(path):
            if tuple(module.split(".")[:2]) == own:
                waiting.extend({source(checkout, module)} - found - {checkout})
    return frozenset(found)


def source(checkout: Path, module: str) -> Path:
    """The file of a module, or of the module that a name lies in."""
    parts = module.split(".")
    for end in range(len(parts), 0, -1):
        path = checkout.joinpath(*parts[:end])
        for candidate in (path.with_suffix(".py"), path / "__init__.py"):
            if candidate.exists():
                return candidate
    return checkout


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """The line and full name of all that a file imports, late imports too."""
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{start}.{name.name}") for name in node.names)


def broken_rule(where: Path, module: str, *, pure: bool) -> str:
    """The rule that an import in a file breaks, or nothing."""
    if where.as_posix() != GREEN_FILE and within(module, GREEN):
        return f"only {GREEN_FILE} may import eventlet and what needs it"
    if pure and not pure_may_import(where, module):
        return "a domain imports the standard library, messages, errors and law only"
    return ""


def pure_may_import(where: Path, module: str) -> bool:
    root = module.split(".", maxsplit=1)[0]
    standard = root in sys.stdlib_module_names and root not in OUTSIDE
    own = ".".join(where.parts[:2])
    return standard or within(module, (*DOMAIN_MAY, own))


def within(module: str, packages: tuple[str, ...]) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)
