"""Documents that are made from code: what stands between their markers is what a command prints."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from infra.local.layout import CHECKOUT

DOCUMENT = CHECKOUT / "ARCHITECTURE.md"
BEGIN = "<!-- estafet map: made by `estafet map`, checked by `make check` -->"
END = "<!-- /estafet map -->"
COMMAND = (str(Path(sys.executable).with_name("estafet")), "map")


class NoMap(Exception):
    """There is no document, or no place in it, for the map."""


def kept() -> str:
    """The map as ARCHITECTURE.md has it; NoMap."""
    text = DOCUMENT.read_text() if DOCUMENT.exists() else ""
    if BEGIN not in text or END not in text:
        raise NoMap(f"{DOCUMENT.name} has no place for it: {BEGIN} … {END}")
    return text.split(BEGIN)[1].split(END)[0].strip()


def stale() -> list[str]:
    """What is wrong with the map in ARCHITECTURE.md."""
    try:
        now = kept()
    except NoMap as missing:
        return [str(missing)]
    made = subprocess.run(COMMAND, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        return [f"`estafet map` failed: {made.stderr.strip()}"]
    if made.stdout.strip() == now:
        return []
    return [f"{DOCUMENT.name} is not what `estafet map` prints: `python -m infra.local.derived`"]


def write() -> None:
    """Put today's map into ARCHITECTURE.md; NoMap."""
    now = kept()
    made = subprocess.run(COMMAND, capture_output=True, text=True, check=True)
    DOCUMENT.write_text(DOCUMENT.read_text().replace(now, made.stdout.strip(), 1))


if __name__ == "__main__":
    write()
