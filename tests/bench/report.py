"""What a group of measurements leaves behind: build/bench/NAME.json, and a table."""

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from infra.local.layout import BUILD, CHECKOUT
from tests.bench.figures import Figure

FOLDER = BUILD / "bench"
WIDE = 44


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_before": os.getloadavg()[0],
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def commit() -> str:
    """The commit that was measured; `+` when the tree had changes."""
    said = subprocess.run(
        ["git", "describe", "--always", "--abbrev=12", "--dirty=+"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    return said.stdout.strip() or "unknown"


def write(group: str, figures: Sequence[Figure], machine: dict[str, Any]) -> Path:
    """Keep a group's figures, and return where."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{group}.json"
    document = {
        "machine": machine,
        "commit": commit(),
        "figures": [_as_json(figure) for figure in figures],
    }
    path.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    return path


def _as_json(figure: Figure) -> dict[str, Any]:
    return {
        "name": figure.name,
        "value": figure.value,
        "unit": figure.unit,
        "goal": str(figure.goal) if figure.goal else "",
        "holds": figure.holds,
        "samples": list(figure.samples),
        "limits": figure.limits,
    }


def lines(figures: Sequence[Figure]) -> list[str]:
    """The figures as a table for people."""
    return [_line(figure) for figure in figures]


def _line(figure: Figure) -> str:
    goal = f"{figure.goal}" if figure.goal else ""
    verdict = "" if figure.goal is None else "holds" if figure.holds else "DOES NOT HOLD"
    spread = ""
    if len(figure.samples) > 1:
        spread = f"{min(figure.samples):.4g} … {max(figure.samples):.4g}"
    value = f"{figure.value:>10.4g} {figure.unit}"
    return f"{figure.name:{WIDE}} {value:22} {goal:9} {verdict:13} {spread}".rstrip()
