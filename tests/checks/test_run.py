"""What `make test` says at its end is what came of the tests."""

import tomllib
from pathlib import Path

import pytest

from tests.run import ROOT, STAGES, SUBJECTS, Lane, Stage, Tally, Terminated, ended_with_us, run
from tests.support.waiting import until

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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files of tests, one of them red."""
    (tmp_path / "test_green.py").write_text("def test_it(): print('green says so')")
    (tmp_path / "test_red.py").write_text("def test_it(): assert False, 'red says so'")
    return tmp_path


def lanes(folder: Path) -> Stage:
    alone = ("--rootdir", str(folder), "-p", "no:cacheprovider")
    beside = ((str(folder / "test_green.py"),), (str(folder / "test_red.py"),))
    return Stage("lanes", (str(folder / "test_green.py"),), options=alone, beside=beside)


@pytest.mark.process
def test_what_ran_beside_each_other_is_counted_and_shown(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    tally = Tally()
    run(lanes(folder), "", tally)
    assert (tally.passed, tally.failed) == (2, 1)
    assert "red says so" in capfd.readouterr().out


@pytest.mark.process
def test_a_stage_without_tests_is_told(folder: Path) -> None:
    tally = Tally()
    run(lanes(folder), "no_such_test", tally)
    assert dict(tally.skipped) == {"lanes: no tests": 1}


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
    named = {line.partition(":")[0] for line in lines}
    assert named - SUBJECTS <= {stage.name for stage in STAGES}
    assert named >= SUBJECTS


WITH_SOMETHING_TO_PUT_AWAY = """
import pathlib, time, pytest

@pytest.fixture
def something(request):
    pathlib.Path("begun").touch()
    yield
    pathlib.Path("put_away").touch()

def test_it(something):
    time.sleep(60)
"""


@pytest.mark.process
def test_whoever_is_terminated_has_its_tests_put_away_what_they_began(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.run.ROOT", tmp_path)
    (tmp_path / "test_it.py").write_text(WITH_SOMETHING_TO_PUT_AWAY)
    lane = Lane(Stage("lane"), ("test_it.py",), "", tmp_path / "lane")
    lane.start()
    until((tmp_path / "begun").exists)
    with pytest.raises(Terminated), ended_with_us([lane]):
        raise Terminated
    assert (tmp_path / "put_away").exists()
