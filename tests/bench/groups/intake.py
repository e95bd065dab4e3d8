"""How good and how fast intake is. BENCH_INTAKE names some of the parts only."""

import importlib
import os
from collections.abc import Sequence

from tests.bench.figures import Figure

PARTS = ("triage",)


def measure() -> Sequence[Figure]:
    """One part after the other."""
    wanted = tuple(os.environ.get("BENCH_INTAKE", ",".join(PARTS)).split(","))
    if unknown := set(wanted) - set(PARTS):
        raise ValueError(f"BENCH_INTAKE knows {', '.join(PARTS)}, not {', '.join(unknown)}")
    figures: list[Figure] = []
    for part in wanted:
        print(f"--- {part}", flush=True)
        figures += importlib.import_module(f"tests.bench.groups.intake_{part}").measure()
    return figures
