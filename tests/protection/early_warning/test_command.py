"""`estafet early-warning` from files to rows, with nothing running."""

import csv
import io
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
import typer
from typer.testing import CliRunner, Result

from services.chassis.errors import EstafetError
from services.protection.commands import add_to
from services.protection.early_warning.methods import METHODS
from tests.protection.early_warning.builders import FIRST_MONDAY, drawn

R_NAMES = (
    *("alpha", "b", "w", "thresholdMethod", "pastWeeksNotIncluded", "noPeriods"),
    *("pThresholdTrend", "weightsThreshold", "limit54", "c.ARL"),
)
YEARS = 6 * 52


def estafet(*arguments: str | Path) -> Result:
    app = typer.Typer()
    add_to(app, lambda _service: pytest.fail("nothing is running"))
    return CliRunner().invoke(app, ["early-warning", *map(str, arguments)])


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def counts(tmp_path: Path) -> Path:
    """Three streams by Mondays; the last week of `b & c` is an outbreak."""
    observed = drawn(3, YEARS, 2.0)
    observed[1, -1] = 30
    lines = ["week,stream,count,outbreak"]
    for name, stream in zip(("a", "b & c", "d"), observed, strict=True):
        for week, count in enumerate(stream):
            ill = int(name == "b & c" and week == YEARS - 1)
            lines.append(f"{FIRST_MONDAY + week * timedelta(days=7)},{name},{count:.0f},{ill}")
    path = tmp_path / "counts.csv"
    path.write_text("\n".join(lines))
    return path


def test_a_row_is_told_for_each_scored_week_and_stream(counts: Path) -> None:
    told = rows(estafet("backtest", counts, "--last", "4").stdout)
    assert len(told) == 12
    assert list(told[0]) == ["week", "stream", "method", "expected", "upper", "alarm"]
    last = FIRST_MONDAY + (YEARS - 1) * timedelta(days=7)
    [outbreak] = [row for row in told if row["stream"] == "b & c" and row["week"] == str(last)]
    assert outbreak["alarm"] == "1"
    assert outbreak["method"] == "farrington_flexible"


def test_all_methods_are_scored_where_outbreaks_are_known(counts: Path) -> None:
    said = estafet(
        "backtest", counts, "--method", "all", "--last", "8", "--out", counts.parent / "o"
    )
    scores = rows(said.stderr[said.stderr.index("method,") :])
    assert [row["method"] for row in scores] == list(METHODS)
    assert scores[0]["detected"] == "1"
    assert {"false_rate", "false_rate_all"} <= set(scores[0])
    told = rows((counts.parent / "o").read_text())
    assert len(told) == 8 * 3 * len(METHODS)
    assert said.stdout == ""


def test_one_picture_is_drawn_per_stream(counts: Path, tmp_path: Path) -> None:
    estafet("backtest", counts, "--last", "20", "--plot", tmp_path / "plots")
    drawn_ = sorted((tmp_path / "plots").iterdir())
    assert len(drawn_) == 3
    root = ET.fromstring(drawn_[1].read_text())  # noqa: S314 - we have just written it
    names = [element.text for element in root.iter("{http://www.w3.org/2000/svg}title")]
    assert names == ["b & c"]
    assert 'class="alarm"' in drawn_[1].read_text()


def test_every_option_says_what_r_calls_it() -> None:
    said = " ".join(estafet("backtest", "--help").stdout.split())
    for name in R_NAMES:
        assert f"[R: {name}" in said
    for method in METHODS:
        assert method in said


@pytest.mark.parametrize(
    "options",
    [
        ("--limit", "5", "4"),
        ("--trend-threshold", "1"),
        ("--threshold", "muan"),
        ("--reweight", "0"),
    ],
)
def test_options_reach_the_method(options: tuple[str, ...], counts: Path) -> None:
    usual = estafet("backtest", counts, "--last", "30").stdout
    other = estafet("backtest", counts, "--last", "30", *options)
    assert other.exit_code == 0
    assert other.stdout != usual


def test_a_wrong_table_is_an_error_that_names_stream_and_week(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text("week,stream,count\n1,mys,2\n1,mys,3\n")
    error = estafet("backtest", path).exception
    assert isinstance(error, EstafetError)
    assert "stream mys, week 1: there twice, with 2 and 3" in str(error)


def test_what_the_tail_answers_is_marked(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text("week,stream,count\n" + "".join(f"{week},mys,1\n" for week in range(1, 80)))
    told = rows(estafet("backtest", path, "--last", "1").stdout)
    assert told[0]["method"] == "farrington_flexible (gamma_poisson)"
    assert told[0]["upper"]


def test_a_stream_with_nothing_to_compare_with_says_so(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text("week,stream,count\n1,mys,4\n")
    [told] = rows(estafet("backtest", path).stdout)
    assert told["method"] == "farrington_flexible (no history)"
    assert (told["expected"], told["upper"], told["alarm"]) == ("", "", "0")


def places(folder: Path, names: list[str]) -> Path:
    path = folder / "places.csv"
    lines = [f"{name},{-number},{100 + number % 5},1000" for number, name in enumerate(names)]
    path.write_text("place,lat,lon,population\n" + "\n".join(lines))
    return path


def test_a_scan_finds_the_place(tmp_path: Path) -> None:
    names = [f"p{number}" for number in range(20)]
    observed = drawn(20, 60, 0.5)
    observed[7, -2:] += 8
    lines = [
        f"{week + 1},{name},{count:.0f}"
        for name, stream in zip(names, observed, strict=True)
        for week, count in enumerate(stream)
    ]
    path = tmp_path / "counts.csv"
    path.write_text("week,stream,count\n" + "\n".join(lines))
    for statistic in ("eb", "kulldorff"):
        said = estafet("scan", path, places(tmp_path, names), "--statistic", statistic)
        strongest = rows(said.stdout)[0]
        assert "p7" in strongest["places"].split(";")
        assert float(strongest["p"]) < 0.05
        assert strongest["until"] == "60"


def test_a_scan_names_a_place_that_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "counts.csv"
    path.write_text("week,stream,count\n1,somewhere,1\n")
    error = estafet("scan", path, places(tmp_path, ["elsewhere"])).exception
    assert "stream somewhere: no such place" in str(error)


def test_a_nowcast_tells_counts_with_intervals(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    first = date(2023, 1, 2)
    lines = []
    for day in range(400):
        for delay in rng.integers(0, 40, rng.poisson(1)):
            event, report = first + timedelta(days=day), first + timedelta(days=day + int(delay))
            if report < date(2024, 1, 29):
                lines.append(f"{event},{report}")
    path = tmp_path / "events.csv"
    path.write_text("event_date,report_date\n" + "\n".join(lines))
    told = rows(estafet("nowcast", path, "--max-delay", "8").stdout)
    last = told[-1]
    assert last["week"] == "2024-01-22"
    assert float(last["reported"]) <= float(last["low"]) <= float(last["estimate"])
    assert float(last["estimate"]) <= float(last["high"])
    assert told[0]["low"] == told[0]["high"] == told[0]["reported"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("2024-01-05,2024-01-04", "row 1: reported on 2024-01-04, before it happened"),
        ("2024-01-05,soon", "row 1: a date is written as"),
        ("2024-01-05,2999-01-04", "row 1: 2999-01-04 lies in the future"),
    ],
)
def test_a_wrong_event_is_an_error_that_names_the_row(row: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text(f"event_date,report_date\n{row}\n")
    assert said in str(estafet("nowcast", path).exception)


@pytest.mark.process
def test_no_command_loads_numpy_before_it_is_needed() -> None:
    code = (
        "import sys, services.cli.main, services.protection.commands; print('numpy' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
