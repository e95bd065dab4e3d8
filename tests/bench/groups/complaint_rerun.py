"""`estafet process rerun` over the acts of 100,000 complaints, six each. BENCH_MATTERS is another
number."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import psycopg

from infra.local.discovery import discover
from infra.local.environment import inherited
from infra.local.layout import BUILD
from infra.local.stack import Stack
from tests.bench import history
from tests.bench.figures import Figure, at_most, told
from tests.bench.office import SERVICE
from tests.support.superuser import superuser_dsn

MATTERS = int(os.environ.get("BENCH_MATTERS", "100000"))
MOST_SECONDS = 300
ROUNDS = 3
UNDER = "ten_days"
# What an ordinary complaint goes through; it ends because nobody answered clearly.
_ACTS = """
INSERT INTO act (act_id, matter_id, action, acted_at, state, version, regulation, actor, reason,
    clock, due_at)
SELECT bench_id(n * 6 + step, 4), bench_id(n, 1), action, at, state, 'base', '', actor, reason,
    clock, at + due
FROM generate_series(1, %(matters)s) AS n, (VALUES
    (0, 'FileComplaint', '', '', '', 'triage', interval '3 days'),
    (1, 'TriageComplaint', 'received', 'officer:1', '', 'distribution', interval '5 days'),
    (2, 'DistributeComplaint', 'triaged', 'officer:1', 'consultation', 'consultation',
        interval '5 days'),
    (3, 'TakeComplaint', 'consultation', 'officer:2', '', '', NULL),
    (4, 'AnswerComplaint', 'consultation', 'officer:2', '', '', NULL),
    (5, 'CloseComplaint', 'consultation', 'officer:2', 'no_clear_answer', 'no_clear_answer',
        interval '21 days')
) AS s (step, action, state, actor, reason, clock, due),
LATERAL (SELECT timestamptz '2024-01-02' + interval '1 day' * (n %% 700)
    + interval '9 days' * step AS at) AS t
"""


def measure() -> Sequence[Figure]:
    """Run history again, some times."""
    BUILD.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="bench-", dir=BUILD) as home,
        Stack(
            Path(home),
            discover().services,
            ("postgres",),
            kind="local",
            postgres_settings=history.QUICK,
        ) as stack,
    ):
        stack.estafet("migrate")
        with psycopg.connect(superuser_dsn(stack, SERVICE), autocommit=True) as database:
            database.execute(history.IDS.encode())
            database.execute(_ACTS.encode(), {"matters": MATTERS})
            database.execute("VACUUM (FREEZE, ANALYZE)")
        runs = [_rerun(stack) for _ in range(ROUNDS)]
    seconds, cpu, megabytes = zip(*runs, strict=True)
    return [
        told(f"re-run of {MATTERS:,} matters", seconds, "s", at_most(MOST_SECONDS)),
        told("re-run: CPU of the command", cpu, "s"),
        told("re-run: its memory", megabytes, "MB"),
    ]


def _rerun(stack: Stack) -> tuple[float, float, float]:
    """Seconds, processor seconds and most memory of one run; it must find what has changed."""
    command = [sys.executable, "-m", "services.cli", "process", "rerun", SERVICE, "--under", UNDER]
    environment = {**inherited(), **stack.environment("admin")}
    began = time.monotonic()
    most, used = 0, 0.0
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as running:
        process = psutil.Process(running.pid)
        while running.poll() is None:
            times = process.cpu_times()
            used = times.user + times.system
            most = max(most, process.memory_info().rss)
            time.sleep(0.05)
        said = running.stdout.read() if running.stdout else ""
    seconds = time.monotonic() - began
    if running.returncode or f"of {MATTERS:,} matters" not in said:
        raise RuntimeError(f"the re-run ended with {running.returncode}: {said[-500:]}")
    return seconds, used, most / 2**20
