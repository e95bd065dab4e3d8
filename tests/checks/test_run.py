"""What `make test` says at its end is what came of the tests."""

import tomllib
from pathlib import Path

import pytest

from tests.run import ROOT, STAGES, Tally

GREEN = '<testcase name="a"/>'
RED = '<testcase name="b"><failure message="no">no</failure></testcase>'
BROKEN = '<testcase name="c"><error message="no">no</error></testcase>'
SKIPPED = '<testcase name="d"><skipped message="no Chromium"/></testcase>'


def tally_of(folder: Path, *cases: str, code: int = 0) -> Tally:
    report = folder / "report.xml"
    report.write_text(f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>")
    tally = Tally()
    tally.add_report("browser", report, code)
    return tally


def test_the_closing_line_counts_every_test_once(tmp_path: Path) -> None:
    tally = tally_of(tmp_path, GREEN, GREEN, RED, BROKEN, SKIPPED, code=1)
    assert tally.closing(61.5) == "2 passed, 2 failed, 1 skipped in 61.50s"


def test_what_was_skipped_is_told_with_its_reason(tmp_path: Path) -> None:
    assert dict(tally_of(tmp_path, SKIPPED, SKIPPED).skipped) == {"browser: no Chromium": 2}


def test_a_stage_without_tests_is_told(tmp_path: Path) -> None:
    assert dict(tally_of(tmp_path, code=5).skipped) == {"browser: no tests": 1}


@pytest.mark.parametrize("code", [-9, 1, 2, 3, 4])
def test_a_run_that_ended_without_a_verdict_has_failed(tmp_path: Path, code: int) -> None:
    tally = Tally()
    tally.add_report("browser", tmp_path / "never written.xml", code)
    assert tally.failed == 1


def test_the_run_goes_from_the_quick_to_the_slow() -> None:
    names = [stage.name for stage in STAGES]
    assert names.index("unmarked") < names.index("database") < names.index("broker")
    assert names.index("broker") < names.index("contract") < names.index("journeys")


def test_every_mark_has_its_stage() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lines = pyproject["tool"]["pytest"]["ini_options"]["markers"]
    assert {line.partition(":")[0] for line in lines} <= {stage.name for stage in STAGES}
