"""`estafet statistics` as it is printed, and as CSV."""

import csv
import io
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
import pytest
from estafet.complaint.v1 import service_pb2 as pb
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status
from typer.testing import CliRunner

from services.chassis.errors import NotAllowed, Unavailable
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


def answering(behave: Callable[[Any, Any], object]) -> Iterator[grpc.Channel]:
    """A channel to somebody who behaves so when asked for statistics."""
    handler = grpc.unary_unary_rpc_method_handler(
        behave,
        request_deserializer=pb.GetStatisticsRequest.FromString,
        response_serializer=pb.GetStatisticsResponse.SerializeToString,
    )
    served = grpc.method_handlers_generic_handler(
        "estafet.complaint.v1.ComplaintService", {"GetStatistics": handler}
    )
    server = grpc.server(ThreadPoolExecutor(1))
    server.add_generic_rpc_handlers((served,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield channel
    server.stop(None).wait()


def test_complaint_is_asked_with_the_officer_s_token() -> None:
    tokens = list[str]()

    def behave(_request: Any, context: Any) -> pb.GetStatisticsResponse:
        tokens.append(dict(context.invocation_metadata())["authorization"])
        return shown()

    with contextmanager(answering)(behave) as channel:
        assert statistics.call(channel, "a token", pb.GetStatisticsRequest()) == shown()
    assert tokens == ["Bearer a token"]


def test_a_refusal_is_told_with_its_reason() -> None:
    def behave(_request: Any, context: Any) -> None:
        info = error_details_pb2.ErrorInfo(reason="NO_SUCH_DAY", domain="estafet")
        status = status_pb2.Status(code=3, message="filed_from is no day")
        status.details.add().Pack(info)
        context.abort_with_status(rpc_status.to_status(status))

    asked = pb.GetStatisticsRequest()
    with contextmanager(answering)(behave) as channel, pytest.raises(NotAllowed) as refused:
        statistics.call(channel, "a token", asked)
    assert str(refused.value) == "complaint refuses: filed_from is no day (NO_SUCH_DAY)"


def test_one_who_fails_is_told_as_away() -> None:
    def behave(_request: Any, context: Any) -> None:
        context.abort(grpc.StatusCode.INTERNAL, "a secret of theirs")

    asked = pb.GetStatisticsRequest()
    with contextmanager(answering)(behave) as channel, pytest.raises(Unavailable) as refused:
        statistics.call(channel, "a token", asked)
    assert str(refused.value) == "complaint does not answer: INTERNAL"
