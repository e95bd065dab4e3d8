"""`make check`: every check that needs nothing running, each told with its seconds."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.local import buf, derived, imports, tracked
from infra.local.buf import complaints
from infra.local.layout import CHECKOUT

PYTHON_CODE = ("services", "infra", "tests", "protos")
COMPOSE_SCHEMA = ("--builtin-schema", "vendor.compose-spec")


@dataclass(frozen=True)
class Check:
    """`run` gives the lines that say what is wrong; none: all is well."""

    name: str
    run: Callable[[], list[str]]


def tool(name: str, *arguments: str) -> Callable[[], list[str]]:
    """A program of the environment that ends with 0 when all is well."""
    command = [str(Path(sys.executable).with_name(name)), *arguments]

    def run() -> list[str]:
        return complaints(
            subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
        )

    return run


CHECKS = (
    Check("ruff", tool("ruff", "check", "--quiet", *PYTHON_CODE)),
    Check("format", tool("ruff", "format", "--check", "--quiet", *PYTHON_CODE)),
    Check("mypy", tool("mypy", *PYTHON_CODE)),
    Check("layers", tool("lint-imports", "--no-logo")),
    Check("imports", imports.violations),
    Check("buf lint", buf.lint),
    Check("buf format", buf.unformatted),
    Check("buf breaking", buf.breaking),
    Check("derived documents", derived.stale),
    Check("compose", tool("check-jsonschema", *COMPOSE_SCHEMA, "docker-compose.yml")),
    Check("dockerfile", tool("hadolint", "infra/docker/Dockerfile")),
    Check("tracked files", tracked.violations),
)


def run(checks: Sequence[Check]) -> list[str]:
    """Run every check, tell how each went, and return the names of those that failed."""
    failed = []
    for check in checks:
        started = time.monotonic()
        try:
            problems = check.run()
        except Exception as broken:  # noqa: BLE001 - a check that breaks has failed; the rest run
            problems = [f"{type(broken).__name__}: {broken}"]
        told = "failed" if problems else "OK"
        print(f"{check.name:<18} {told:<7} {time.monotonic() - started:5.1f} s", flush=True)
        if problems:
            failed.append(check.name)
            print("\n".join(f"    {line}" for line in problems), flush=True)
    return failed


def main() -> int:
    wanted = [check for check in CHECKS if not sys.argv[1:] or check.name in sys.argv[1:]]
    failed = run(wanted)
    print(f"{len(wanted)} checks, {len(failed)} failed" + "".join(f", {name}" for name in failed))
    return 1 if failed or not wanted else 0


if __name__ == "__main__":
    sys.exit(main())
