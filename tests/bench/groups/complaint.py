"""How fast the process of complaints is: actions, clocks that are due at once, queues, the re-run.

BENCH_COMPLAINT names some of the parts only, as "actions,queues".
"""

import importlib
import os
from collections.abc import Sequence

from tests.bench.figures import Figure

PARTS = ("actions", "clocks", "queues", "rerun")


def measure() -> Sequence[Figure]:
    """One part after the other."""
    wanted = tuple(os.environ.get("BENCH_COMPLAINT", ",".join(PARTS)).split(","))
    if unknown := set(wanted) - set(PARTS):
        raise ValueError(f"BENCH_COMPLAINT knows {', '.join(PARTS)}, not {', '.join(unknown)}")
    figures: list[Figure] = []
    for part in wanted:
        print(f"--- {part}", flush=True)
        figures += importlib.import_module(f"tests.bench.groups.complaint_{part}").measure()
    return figures
