"""`estafet early-warning scan`: from two files to clusters."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from services.protection.early_warning import table
from services.protection.early_warning.arrays import Array
from services.protection.early_warning.counts import Counts, WrongCounts
from services.protection.early_warning.gamma_poisson import predictive
from services.protection.early_warning.options import Options
from services.protection.early_warning.scan import Area, Cluster, Statistic, nearest, scan
from services.protection.early_warning.table import Table

NUMBERS = ("lat", "lon", "population")
HEADER = "rank,centre,places,from,until,observed,expected,log_likelihood_ratio,p"
FEWEST_WEEKS = 8


@dataclass(frozen=True)
class ScanJob:
    """What `estafet early-warning scan` was asked for."""

    counts: Path
    places: Path
    statistic: Statistic
    neighbours: int
    max_weeks: int
    replications: int


@dataclass(frozen=True, eq=False)
class Null:
    """`expected` P x W of the last weeks, the latest first; `dispersion` of the weeks before."""

    expected: Array
    dispersion: float


def run(job: ScanJob, today: date) -> Iterator[str]:
    """Do it, and yield lines of CSV. WrongCounts names the place, the week or the column."""
    read = table.read(job.counts, today)
    where = read_places(job.places, read.counts.streams)
    null = expectation(read, where[:, 2], job.max_weeks)
    latest = read.counts.cases()[:, ::-1][:, : job.max_weeks]
    around = nearest(where[:, 0], where[:, 1], job.neighbours)
    area = Area(latest, null.expected, around)
    found = scan(
        area,
        statistic=job.statistic,
        dispersion=null.dispersion,
        replications=job.replications,
    )
    yield HEADER
    for rank, cluster in enumerate(found, 1):
        yield _line(rank, cluster, read.counts)


def _line(rank: int, cluster: Cluster, counts: Counts) -> str:
    last = len(counts.weeks) - 1
    names = [counts.streams[place] for place in cluster.places]
    first = counts.weeks.label(last - cluster.weeks + 1)
    numbers = f"{cluster.observed:g},{cluster.expected:.4g},{cluster.ratio:.6g},{cluster.p:.4g}"
    quoted = '"' + ";".join(names).replace('"', '""') + '"'
    centre = '"' + names[0].replace('"', '""') + '"'
    return f"{rank},{centre},{quoted},{first},{counts.weeks.label(last)},{numbers}"


def read_places(path: Path, streams: Sequence[str]) -> Array:
    """P x (lat, lon, population), in the order of the streams.

    WrongCounts: a column, a place or a number is missing, or a population is not above 0.
    """
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        missing = [name for name in ("place", *NUMBERS) if name not in (reader.fieldnames or ())]
        if missing:
            raise WrongCounts(f"{path.name} has no column {', '.join(missing)}")
        found = {row["place"]: [_number(row, name) for name in NUMBERS] for row in reader}
    lost = [stream for stream in streams if stream not in found]
    if lost:
        raise WrongCounts(f"stream {lost[0]}: no such place in {path.name}")
    return np.array([found[stream] for stream in streams])


def _number(row: dict[str, str], name: str) -> float:
    try:
        number = float(row[name] or "")
    except ValueError:
        raise WrongCounts(f"place {row['place']}: {name} is {row[name]}, no number") from None
    if not np.isfinite(number) or (name == "population" and number <= 0):
        raise WrongCounts(f"place {row['place']}: {name} is {row[name]}")
    return number


def expectation(read: Table, population: Array, max_weeks: int) -> Null:
    """What the last weeks would be: as given, or by the rates of the weeks before per population.

    WrongCounts: an expectation is missing or not above 0, or there are no weeks before.
    """
    before = len(read.counts.weeks) - max_weeks
    if read.expected is None:
        return _learned(read.counts, population, max_weeks)
    latest = read.expected[:, ::-1][:, :max_weeks]
    wrong = ~(latest > 0)
    if wrong.any():
        stream, week = np.argwhere(wrong)[0]
        label = read.counts.weeks.label(len(read.counts.weeks) - 1 - int(week))
        name = read.counts.streams[int(stream)]
        raise WrongCounts(f"stream {name}, week {label}: expected is not above 0")
    past = read.counts.cases()[:, : max(0, before)]
    foreseen = np.nan_to_num(read.expected[:, : max(0, before)])
    if not foreseen.any():
        return Null(latest, 1.0)
    excess = ((past - foreseen) ** 2)[foreseen > 0].sum() / foreseen.sum()
    return Null(latest, max(1.0, float(excess)))


def _learned(counts: Counts, population: Array, max_weeks: int) -> Null:
    before = len(counts.weeks) - max_weeks
    if before < FEWEST_WEEKS:
        raise WrongCounts(f"a scan without `expected` needs {FEWEST_WEEKS} weeks before the last")
    exposure = np.repeat(population[:, None], len(counts.weeks), axis=1)
    exposed = Counts(counts.streams, counts.weeks, counts.observed, exposure)
    found = predictive(exposed, before, Options(past_weeks_not_included=0))
    dispersion = float((found.dispersion * found.mean).sum() / found.mean.sum())
    return Null(np.repeat(found.mean[:, None], max_weeks, axis=1), max(1.0, dispersion))
