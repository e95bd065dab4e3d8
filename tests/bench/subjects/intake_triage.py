"""`python -m tests.bench.subjects.intake_triage`: what it costs a process to suggest, as JSON.

Memory is what is the process's own, before and after; modules that a service has anyway are there.
"""

import csv
import gc
import json
import sys
import time
import tomllib
from collections.abc import Callable

import psutil

from services.chassis.errors import EstafetError
from tests.bench.figures import percentile
from tests.complaint.triage.unseen import dangers, topics

HEAVY = ("numpy", "scipy", "sklearn")
BY_THE_WAY = (csv, tomllib, EstafetError)


def measure() -> dict[str, float]:
    """Load, then suggest for every unseen text, each alone."""
    texts = [topic.text for topic in topics("final")]
    texts += [danger.text for danger in dangers("final")]
    gc.collect()
    before, started = _own_bytes(), time.process_time()
    from services.complaint.triage.suggestion import suggest

    suggest("saya")
    loading = time.process_time() - started
    times = [_millis(suggest, text) for text in texts]
    gc.collect()
    heavy = sorted(set(HEAVY) & set(sys.modules))
    if heavy:
        raise RuntimeError(f"a suggestion brings {', '.join(heavy)} into the process")
    return {
        "load_ms": loading * 1000,
        "loaded_mb": (_own_bytes() - before) / 2**20,
        "mean_ms": sum(times) / len(times),
        "p99_ms": percentile(times, 0.99),
        "megabyte_ms": _millis(suggest, "saya bertanya " * 75_000),
    }


def _millis(suggest: Callable[[str], object], text: str) -> float:
    started = time.process_time()
    suggest(text)
    return (time.process_time() - started) * 1000


def _own_bytes() -> int:
    return int(psutil.Process().memory_full_info().uss)


if __name__ == "__main__":
    print(json.dumps(measure()))
