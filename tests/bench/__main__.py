"""`python -m tests.bench [--only NAME]`: measure, tell, and end with 1 if a figure does not hold.

A group is a module of tests.bench.groups (with _ for -) with `measure() -> Sequence[Figure]`.
"""

import argparse
import importlib
import sys
import time
import traceback
from collections.abc import Sequence

from tests.bench import report
from tests.bench.figures import Figure

GROUPS = (
    "command",
    "rpc",
    "tracing",
    "relay",
    "latency",
    "reactions",
    "journey",
    "memory",
    "intake",
)
# Minutes to hours: by name only.
LONG = ("complaint", "early-warning", "growth", "soak")


def measure(group: str) -> bool:
    """Measure one group, leave its figures, and return whether all hold."""
    print(f"\n=== {group} " + "=" * (74 - len(group)), flush=True)
    machine, started = report.machine(), time.monotonic()
    try:
        module = importlib.import_module(f"tests.bench.groups.{group.replace('-', '_')}")
        figures: Sequence[Figure] = module.measure()
    except Exception:  # noqa: BLE001 - the other groups are measured all the same
        traceback.print_exc()
        return False
    path = report.write(group, figures, machine)
    print("\n".join(report.lines(figures)))
    print(f"=== {group} took {time.monotonic() - started:.0f} s: {path}", flush=True)
    return all(figure.holds for figure in figures)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--only", choices=(*GROUPS, *LONG), metavar="NAME", default="")
    only = parser.parse_args().only
    hold = [measure(group) for group in ((only,) if only else GROUPS)]
    return 0 if all(hold) else 1


if __name__ == "__main__":
    sys.exit(main())
