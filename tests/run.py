"""`make test`: the stages of the test run in order; a red stage does not stop the next.

`python -m tests.run [STAGE…] [--only NAME]` runs some stages, or the tests whose name matches.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from xml.etree import ElementTree as ET

from tests.support.examples import IN_DEPTH, IN_FULL

ROOT = Path(__file__).resolve().parents[1]
ALONE = ("tests/contract", "tests/journeys", "tests/faults", "tests/browser")
REST = ("tests", *(f"--ignore={folder}" for folder in ALONE))
# From the least to the most that a test needs: it runs in the stage of its greatest mark.
MARKS = ("process", "database", "broker", "stack", "browser")
# By these `--only` finds what belongs together; they say nothing of what a test needs.
SUBJECTS = {"complaint"}
NO_TESTS = 5
# How much nicer each lane is than the one before it.
GIVES_WAY = 10
# One published month with few of its placements, in a home of its own beside whatever else runs.
DEMO = (
    *(str(Path(sys.executable).with_name("estafet")), "demo", "--months", "9", "--no-keep"),
    *("--placements", "1000"),
    *("--home", str(ROOT / ".estafet-tests" / "demo")),
)
BAD = {"failure", "error"}
# What a stage with a limit of minutes spends them on.
SLOWEST = ("--durations=40", "--durations-min=3")
ONE_STACK = "tests/faults/one_stack"
# Trials that wait for most of their time, so that two of them find room beside each other.
SELDOM_BUSY = (
    (f"{ONE_STACK}/test_broker.py",),
    ("tests/faults/test_clocks.py", f"{ONE_STACK}/test_network.py"),
)
OFTEN_BUSY = ("tests/faults", *(f"--ignore={path}" for lane in SELDOM_BUSY for path in lane))


@dataclass(frozen=True)
class Stage:
    """One run of pytest, or of another command that ends with 0; `needs` must be there.

    `beside`: what pytest runs before it in lanes beside each other, each as if it were alone; where
    the processor is short, a lane gives way to the one before it.
    """

    name: str
    pytest: Sequence[str] = ()
    command: Sequence[str] = ()
    needs: str = "tests"
    always: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)
    options: Sequence[str] = ()
    beside: Sequence[Sequence[str]] = ()


def of_mark(mark: str = "") -> Sequence[str]:
    """The tests whose greatest mark is this one; without one, those that need nothing."""
    greater = MARKS[MARKS.index(mark) + 1 :] if mark else MARKS
    return (*REST, "-m", " and ".join([*([mark] if mark else []), *(f"not {m}" for m in greater)]))


STAGES = (
    Stage("unmarked", of_mark()),
    Stage("property", (*REST, "-m", "property"), environment={IN_DEPTH: "1"}),
    Stage("process", of_mark("process")),
    Stage("database", of_mark("database")),
    Stage("broker", of_mark("broker")),
    Stage("stack", of_mark("stack")),
    Stage("contract", ("tests/contract",), needs="tests/contract"),
    Stage("journeys", ("tests/journeys",), needs="tests/journeys"),
    Stage("browser", ("tests/browser",), needs="tests/browser"),
    Stage("demo", command=DEMO, needs="services/cli/demo"),
    # The same scenarios twice: cut short beside the others, and in full by name.
    Stage("short faults", ("tests/faults",), needs="tests/faults", options=SLOWEST),
    Stage(
        "faults",
        OFTEN_BUSY,
        always=False,
        environment={IN_FULL: "1"},
        options=("-s", *SLOWEST),
        beside=SELDOM_BUSY,
    ),
)


@dataclass
class Tally:
    """What has come of the tests so far; `skipped` says why, and how often."""

    passed: int = 0
    failed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)

    def add_report(self, stage: str, report: Path, code: int) -> None:
        """Count a run of pytest by its report; one that ended without a verdict has failed."""
        cases = list(ET.parse(report).iter("testcase")) if report.exists() else []  # noqa: S314 - pytest wrote it
        bad = sum(not BAD.isdisjoint(child.tag for child in case) for case in cases)
        why = [skip.get("message", "") for case in cases for skip in case.iter("skipped")]
        self.failed += bad or int(code not in (0, NO_TESTS))
        self.passed += len(cases) - bad - len(why)
        self.skipped.update(f"{stage}: {reason}" for reason in why)

    @property
    def total(self) -> int:
        """How many tests there were so far."""
        return self.passed + self.failed + self.skipped.total()

    def closing(self, seconds: float) -> str:
        """The last line, as pytest would say it."""
        counted = f"{self.passed} passed, {self.failed} failed, {self.skipped.total()} skipped"
        return f"{counted} in {seconds:.2f}s"


def run(stage: Stage, only: str, tally: Tally) -> None:
    """Run one stage under a heading and count what came of it."""
    print(f"\n=== {stage.name} " + "=" * (74 - len(stage.name)), flush=True)
    if not (ROOT / stage.needs).exists():
        tally.skipped[f"{stage.name}: there is no {stage.needs}"] += 1
        return
    started = time.monotonic()
    if stage.command:
        code = subprocess.run(stage.command, cwd=ROOT, check=False).returncode
        tally.passed, tally.failed = tally.passed + (code == 0), tally.failed + (code != 0)
    else:
        run_pytests(stage, only, tally)
    print(f"=== {stage.name} took {time.monotonic() - started:.1f} s", flush=True)


def run_pytests(stage: Stage, only: str, tally: Tally) -> None:
    with tempfile.TemporaryDirectory() as folder:
        before = tally.total
        lanes = [
            Lane(stage, paths, only, Path(folder) / f"lane-{number}", GIVES_WAY * number)
            for number, paths in enumerate(stage.beside)
        ]
        with ended_with_us(lanes):
            for lane in lanes:
                lane.start()
            for lane in lanes:
                lane.end(tally)
        last = Lane(stage, stage.pytest, only, Path(folder) / "last")
        with ended_with_us([last]):
            last.start(aloud=True)
            last.end(tally)
    if tally.total == before:
        tally.skipped[f"{stage.name}: no tests"] += 1


@dataclass
class Lane:
    """One run of pytest; what it says beside others is shown when it has ended."""

    stage: Stage
    paths: Sequence[str]
    only: str
    files: Path
    nice: int = 0
    _process: subprocess.Popen[bytes] | None = None

    def start(self, *, aloud: bool = False) -> None:
        self._report = self.files.with_suffix(".xml")
        options = [f"--junit-xml={self._report}", *(["-k", self.only] if self.only else [])]
        pytest = [sys.executable, "-m", "pytest", *self.paths, *self.stage.options, *options]
        command = ["nice", "-n", str(self.nice), *pytest]
        environment = {**os.environ, **self.stage.environment}
        self._said = None if aloud else self.files.open("w+")
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=self._said, stderr=self._said
        )

    def end_early(self, *, is_told: bool) -> None:
        """Wait until it has put away what it has begun; Ctrl-C has told it so already."""
        if self._process is not None and self._process.poll() is None:
            if not is_told:
                self._process.send_signal(signal.SIGINT)
            self._process.wait()

    def end(self, tally: Tally) -> None:
        code = self._process.wait() if self._process is not None else 1
        if self._said is not None:
            self._said.seek(0)
            print(self._said.read(), flush=True)
            self._said.close()
        tally.add_report(self.stage.name, self._report, code)


class Terminated(KeyboardInterrupt):
    """By TERM, which reaches only this process."""


@contextmanager
def ended_with_us(lanes: Sequence[Lane]) -> Iterator[None]:
    """Whoever ends this process ends what it runs."""
    try:
        yield
    except KeyboardInterrupt as end:
        for lane in lanes:
            lane.end_early(is_told=not isinstance(end, Terminated))
        raise


def terminate(signum: int, frame: FrameType | None) -> None:
    raise Terminated


def main() -> int:
    signal.signal(signal.SIGTERM, terminate)
    # A shell has its jobs in the background ignore it, and they would hand that on.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    parser = argparse.ArgumentParser(prog="python -m tests.run", description=__doc__)
    parser.add_argument(
        "stages", nargs="*", metavar="STAGE", help=", ".join(s.name for s in STAGES)
    )
    parser.add_argument("--only", default="", metavar="NAME", help="as pytest's -k")
    given = parser.parse_args()
    unknown = set(given.stages) - {stage.name for stage in STAGES}
    if unknown:
        parser.error(f"no stage {', '.join(sorted(unknown))}")
    started, tally = time.monotonic(), Tally()
    for stage in STAGES:
        if stage.name in given.stages or (stage.always and not given.stages):
            run(stage, given.only, tally)
    print()
    for reason, times in sorted(tally.skipped.items()):
        print(f"skipped {times}: {reason}")
    print(tally.closing(time.monotonic() - started))
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        sys.exit(130)
