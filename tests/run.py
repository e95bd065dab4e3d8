"""`make test`: the stages of the test run in order; a red stage does not stop the next.

`python -m tests.run [STAGE…] [--only NAME]` runs some stages, or the tests whose name matches.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.support.examples import IN_DEPTH, IN_FULL

ROOT = Path(__file__).resolve().parents[1]
ALONE = ("tests/contract", "tests/journeys", "tests/faults", "tests/browser")
REST = ("tests", *(f"--ignore={folder}" for folder in ALONE))
# From the least to the most that a test needs: it runs in the stage of its greatest mark.
MARKS = ("process", "database", "broker", "stack", "browser")
NO_TESTS = 5
# One published month with few of its placements, in a home of its own beside whatever else runs.
DEMO = (
    *(str(Path(sys.executable).with_name("estafet")), "demo", "--months", "9", "--no-keep"),
    *("--placements", "1000"),
    *("--home", str(ROOT / ".estafet-tests" / "demo")),
)
BAD = {"failure", "error"}
# What a stage with a limit of minutes spends them on.
SLOWEST = ("--durations=40", "--durations-min=3")


@dataclass(frozen=True)
class Stage:
    """One run of pytest, or of another command that ends with 0; `needs` must be there."""

    name: str
    pytest: Sequence[str] = ()
    command: Sequence[str] = ()
    needs: str = "tests"
    always: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)


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
    Stage("short faults", ("tests/faults", *SLOWEST), needs="tests/faults"),
    Stage("faults", ("tests/faults", "-s", *SLOWEST), always=False, environment={IN_FULL: "1"}),
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
        if not cases and code == NO_TESTS:
            self.skipped[f"{stage}: no tests"] += 1

    def closing(self, seconds: float) -> str:
        """The last line, as pytest would say it."""
        skipped = sum(self.skipped.values())
        return f"{self.passed} passed, {self.failed} failed, {skipped} skipped in {seconds:.2f}s"


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
        run_pytest(stage, only, tally)
    print(f"=== {stage.name} took {time.monotonic() - started:.1f} s", flush=True)


def run_pytest(stage: Stage, only: str, tally: Tally) -> None:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        options = [f"--junit-xml={report}", *(["-k", only] if only else [])]
        command = [sys.executable, "-m", "pytest", *stage.pytest, *options]
        environment = {**os.environ, **stage.environment}
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        tally.add_report(stage.name, report, code)


def main() -> int:
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
    sys.exit(main())
