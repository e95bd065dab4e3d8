"""The services of this checkout, found by what lies in their folders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from infra.local.layout import CHECKOUT

GATEWAY = "gateway"


@dataclass(frozen=True)
class Found:
    """Names in alphabetical order. `serving` have an api, `with_database` have migrations (so
    have the kernels, but these have neither api nor reactions)."""

    serving: tuple[str, ...]
    with_database: tuple[str, ...]
    has_gateway: bool

    @property
    def services(self) -> tuple[str, ...]:
        return tuple(sorted({*self.serving, *self.with_database}))


def discover(checkout: Path = CHECKOUT) -> Found:
    folders = sorted(path for path in (checkout / "services").glob("*") if path.is_dir())
    return Found(
        serving=tuple(path.name for path in folders if has(path, "api.py")),
        with_database=tuple(
            path.name
            for path in folders
            if has(path, "migrations") and (has(path, "api.py") or has(path, "reactions.py"))
        ),
        has_gateway=(checkout / "services" / GATEWAY / "__main__.py").exists(),
    )


def has(folder: Path, name: str) -> bool:
    return (folder / name).exists()
