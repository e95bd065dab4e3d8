"""How long a week of 1,500 streams takes, ours and R's, where R is there."""

import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from services.protection.early_warning.counts import Counts
from services.protection.early_warning.methods import METHODS, score
from services.protection.early_warning.options import Options
from services.protection.early_warning.scan import Area, Statistic, nearest, scan
from services.protection.early_warning.weeks import NumberedWeeks

STREAMS, WEEKS, SEED = 1500, 520, 11
PLACES, NEIGHBOURS, WINDOW, DRAWS = 514, 15, 8, 999
R_SCRIPT = """
suppressMessages(library(surveillance))
counts <- as.matrix(read.csv("counts.csv", header = FALSE))
streams <- sts(counts, start = c(2000, 1), frequency = 52)
started <- proc.time()
found <- suppressWarnings(farringtonFlexible(streams, control = list(range = nrow(counts), b = 5,
  w = 3, alpha = 0.005, limit54 = c(0, 4), noPeriods = 10, pastWeeksNotIncluded = 26,
  thresholdMethod = "nbPlugin")))
cat((proc.time() - started)[["user.self"]], "\\n")
write.table(t(found@upperbound), "upper.csv", row.names = FALSE, col.names = FALSE)
"""


def streams(many: int = STREAMS) -> Counts:
    """Ten years of sparse streams with seasons, as unequal as real ones."""
    rng = np.random.default_rng(SEED)
    season = 0.3 * np.cos(2 * np.pi * np.arange(WEEKS) / 52)
    mean = np.exp(rng.normal(-1.2, 1.3, (many, 1)) + season)
    observed = rng.poisson(rng.gamma(2 * mean, 0.5)).astype(float)
    return Counts([str(number) for number in range(many)], NumberedWeeks(WEEKS), observed)


def seconds(work: Callable[[], object]) -> float:
    """CPU time of one run."""
    started = time.process_time()
    work()
    return time.process_time() - started


def of_method(counts: Counts, method: str) -> float:
    """CPU seconds of the newest week."""
    return seconds(lambda: score(method, counts, [WEEKS - 1], Options()))


def of_all(counts: Counts) -> float:
    """CPU seconds of the newest week by every method."""
    return sum(of_method(counts, method) for method in METHODS)


def of_r(counts: Counts) -> float | None:
    """CPU seconds of one call of R for the same week, its start excluded; None: there is no R.

    Its limits are the same as ours, or this is no comparison.
    """
    program = shutil.which("Rscript")
    if program is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        np.savetxt(Path(folder) / "counts.csv", counts.observed.T, fmt="%d", delimiter=",")
        (Path(folder) / "time.R").write_text(R_SCRIPT)
        said = subprocess.run(
            [program, "time.R"], cwd=folder, capture_output=True, text=True, check=False
        )
        if said.returncode:
            return None
        theirs = np.genfromtxt(Path(folder) / "upper.csv", missing_values="NA")
    ours = METHODS["farrington_flexible"](counts, [WEEKS - 1], Options()).upper[:, 0]
    assert np.array_equal(ours, theirs, equal_nan=True), "R has other limits"
    return float(said.stdout)


def of_scan(statistic: Statistic) -> float:
    """CPU seconds of a scan of all regencies."""
    rng = np.random.default_rng(SEED)
    around = nearest(rng.uniform(-10, 5, PLACES), rng.uniform(95, 140, PLACES), NEIGHBOURS)
    expected = rng.gamma(0.5, 0.2, (PLACES, 1)) * np.ones((1, WINDOW)) + 0.005
    area = Area(rng.poisson(expected).astype(float), expected, around)
    return seconds(lambda: scan(area, statistic=statistic, dispersion=1.5, replications=DRAWS))


def megabytes() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
