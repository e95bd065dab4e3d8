"""`estafet statistics` as it is printed, and as CSV."""

import csv
import io

import pytest
from estafet.complaint.v1 import service_pb2 as pb
from typer.testing import CliRunner

from services.cli import statistics
from services.cli.main import app
from services.cli.statistics import as_lines
from services.cli.statistics_tables import tables
from tests.complaint.test_statistics import shown


def printed(monkeypatch: pytest.MonkeyPatch, *options: str) -> tuple[str, pb.GetStatisticsRequest]:
    asked = list[pb.GetStatisticsRequest]()

    def ask(_officer: str, request: pb.GetStatisticsRequest) -> pb.GetStatisticsResponse:
        asked.append(request)
        return shown(frank=True)

    monkeypatch.setattr(statistics, "ask", ask)
    result = CliRunner().invoke(app, ["statistics", *options])
    assert result.exception is None, result.output
    return result.output, asked[0]


def test_every_table_is_printed_with_its_title(monkeypatch: pytest.MonkeyPatch) -> None:
    output, _ = printed(monkeypatch)
    assert all(table.title in output for table in tables(shown()))


def test_nothing_is_cut_off_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    output, _ = printed(monkeypatch)
    texts = [text for table in tables(shown(frank=True)) for row in table.rows for text in row]
    assert [text for text in texts if text not in output] == []


def test_the_cohort_that_is_asked_for_is_the_one_of_the_options(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, asked = printed(
        monkeypatch,
        *("--from", "2024-01-01", "--until", "2024-03-31", "--category", "unpaid_wages"),
        *("--country", "MYS", "--unit", "layanan_pengaduan"),
    )
    assert asked == pb.GetStatisticsRequest(
        filed_from="2024-01-01",
        filed_until="2024-03-31",
        category="unpaid_wages",
        country="MYS",
        unit="layanan_pengaduan",
    )


def test_the_csv_has_a_line_for_each_number_of_each_table() -> None:
    answer = shown()
    lines = list(csv.DictReader(io.StringIO(as_lines(answer))))
    cells = sum(len(row) - 1 for table in tables(answer) for row in table.rows)
    assert len(lines) == cells
    assert {
        "table": "ends",
        "row": "withdrawn",
        "column": "complaints",
        "value": "<5",
    } in lines


def test_as_json_it_is_the_answer_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    from google.protobuf.json_format import Parse

    output, _ = printed(monkeypatch, "--json")
    assert Parse(output, pb.GetStatisticsResponse()) == shown(frank=True)


def test_two_forms_at_once_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    result = CliRunner().invoke(app, ["statistics", "--json", "--csv"])
    assert "choose --json or --csv" in str(result.exception)
