"""The services of this checkout, found by what lies in their folders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from infra.local.layout import CHECKOUT

GATEWAY = "gateway"


@dataclass(frozen=True)
class Found:
    """Names in alphabetical order. `serving` have an api, `with_database` have migrations."""

    serving: tuple[str, ...]
    with_database: tuple[str, ...]
    has_gateway: bool

    @property
    def services(self) -> tuple[str, ...]:
        return tuple(sorted({*self.serving, *self.with_database}))


def discover(checkout: Path = CHECKOUT) -> Found:
    folders = sorted(path for path in (checkout / "services").glob("*") if path.is_dir())
    return Found(
        serving=tuple(path.name for path in folders if (path / "api.py").exists()),
        with_database=tuple(path.name for path in folders if (path / "migrations").is_dir()),
        has_gateway=(checkout / "services" / GATEWAY / "__main__.py").exists(),
    )
