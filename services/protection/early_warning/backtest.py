"""Score the last weeks of a table by one method or all, and leave rows, scores and pictures."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

from services.protection.early_warning import plot, table
from services.protection.early_warning.arrays import Array
from services.protection.early_warning.methods import METHODS, score
from services.protection.early_warning.options import Options
from services.protection.early_warning.performance import Performance, performance
from services.protection.early_warning.scores import Scores, State

ALL = "all"


@dataclass(frozen=True)
class Job:
    """What `estafet early-warning backtest` was asked for."""

    counts: Path
    method: str
    options: Options
    last: int
    out: Path | None
    plot: Path | None


def run(job: Job, today: date) -> Iterator[str]:
    """Do it, and yield what else there is to say. WrongCounts: the table is none (`table.read`)."""
    read = table.read(job.counts, today)
    many = len(read.counts.weeks)
    weeks = range(max(0, many - job.last), many)
    names = METHODS if job.method == ALL else (job.method,)
    scores = {name: score(name, read.counts, weeks, job.options) for name in names}
    if job.out is None:
        table.write(sys.stdout, read.counts, weeks, scores)
    else:
        with job.out.open("w", encoding="utf-8", newline="") as file:
            table.write(file, read.counts, weeks, scores)
    if job.plot is not None:
        drawn = plot.draw(job.plot, read.counts, weeks, scores)
        yield f"{len(drawn)} pictures in {job.plot}"
    yield from _notes(scores)
    if read.outbreak is not None:
        outbreak = read.outbreak[:, weeks.start :]
        yield from _told({name: _performance(found, outbreak) for name, found in scores.items()})


def _performance(scores: Scores, outbreak: Array) -> Performance:
    return performance(scores.alarm, outbreak, scores.state != State.NO_HISTORY)


def _notes(scores: dict[str, Scores]) -> Iterator[str]:
    for name, found in scores.items():
        by_tail = int((found.state == State.BY_TAIL).sum())
        if by_tail:
            yield f"{name}: {by_tail} of {found.state.size} weeks answered by gamma_poisson"


def _told(found: dict[str, Performance]) -> Iterator[str]:
    names = [field.name for field in fields(Performance)]
    yield "method," + ",".join(names)
    for method, one in found.items():
        values = ",".join(f"{getattr(one, name):.4g}" for name in names)
        yield f"{method},{values}"
