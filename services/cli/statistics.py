"""`estafet statistics`: what became of the complaints of a span of days.

Complaint is asked as an officer, who has to be allowed to know; docs/statistics.md has every
definition.
"""

import csv
import io
from typing import TYPE_CHECKING, Annotated, Any

import grpc
import typer
from estafet.complaint.v1 import service_pb2 as pb
from google.protobuf.json_format import MessageToJson

from services.chassis.channel import own_reason, rich_status
from services.chassis.client import method_of
from services.chassis.clock import real_now
from services.chassis.errors import EstafetError, Invalid, NotAllowed, Unavailable
from services.cli.officers import SECONDS, asking
from services.cli.statistics_tables import Table, tables
from services.process.calendar import local_day

if TYPE_CHECKING:
    from rich.table import Table as RichTable

COMPLAINT = "complaint"
TOKEN_SECONDS = 3.0
# Wider than any table: none is cut off where the output is no terminal.
WIDE = 400


def ask(officer: str, request: pb.GetStatisticsRequest) -> pb.GetStatisticsResponse:
    """The figures as an officer is told them. NotAllowed: they are not, or the request is wrong."""
    with asking(COMPLAINT, officer) as (opened, token):
        return call(opened, token.get(TOKEN_SECONDS), request)


def call(
    opened: grpc.Channel, token: str, request: pb.GetStatisticsRequest
) -> pb.GetStatisticsResponse:
    """Ask with a token. NotAllowed: refused; Unavailable: no answer. Longer than a neighbour waits:
    a cohort of many years takes seconds."""
    method = method_of(COMPLAINT, request, pb.GetStatisticsResponse)
    invoke: Any = opened.unary_unary(
        f"/{method.containing_service.full_name}/{method.name}",
        request_serializer=pb.GetStatisticsRequest.SerializeToString,
        response_deserializer=pb.GetStatisticsResponse.FromString,
    )
    try:
        told: pb.GetStatisticsResponse = invoke(
            request, timeout=SECONDS, metadata=(("authorization", f"Bearer {token}"),)
        )
    except grpc.RpcError as error:
        raise _refusal(error) from None
    return told


def _refusal(error: Any) -> EstafetError:
    reason = own_reason(rich_status(error))
    if reason:
        return NotAllowed(f"complaint refuses: {error.details()} ({reason})", reason=reason)
    if error.code() is grpc.StatusCode.DEADLINE_EXCEEDED:
        return Unavailable("complaint did not answer in time: ask for a shorter span of days")
    return Unavailable(f"complaint does not answer: {error.code().name}")


def show_statistics(  # noqa: PLR0913 - each is an option of the command
    *,
    filed_from: Annotated[
        str, typer.Option("--from", help="First day of filing (ISO, Jakarta); this year's first.")
    ] = "",
    filed_until: Annotated[
        str, typer.Option("--until", help="Last day of filing; today if not given.")
    ] = "",
    category: Annotated[str, typer.Option(help="Only of this category.")] = "",
    country: Annotated[str, typer.Option(help="Only about this country (ISO 3166-1).")] = "",
    unit: Annotated[str, typer.Option(help="Only of this unit of complaint.")] = "",
    officer: Annotated[str, typer.Option(help="Who asks.")] = "coordinator-complaint",
    as_json: Annotated[bool, typer.Option("--json", help="The answer as JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="One line for each number.")] = False,
) -> None:
    """Print what became of the complaints that were filed in a span of days."""
    if as_json and as_csv:
        raise Invalid("choose --json or --csv")
    today = local_day(real_now())
    request = pb.GetStatisticsRequest(
        filed_from=filed_from or f"{today.year}-01-01",
        filed_until=filed_until or today.isoformat(),
        category=category,
        country=country,
        unit=unit,
    )
    answer = ask(officer, request)
    if as_json:
        typer.echo(MessageToJson(answer, always_print_fields_with_no_presence=True))
    elif as_csv:
        typer.echo(as_lines(answer), nl=False)
    else:
        _print(answer)


def as_lines(answer: pb.GetStatisticsResponse) -> str:
    """table,row,column,value: a line for each number; "<5" and empty cells as they are."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("table", "row", "column", "value"))
    for table in tables(answer):
        for name, *cells in table.rows:
            for head, cell in zip(table.heads[1:], cells, strict=True):
                writer.writerow((table.name, name, head, cell))
    return text.getvalue()


def _print(answer: pb.GetStatisticsResponse) -> None:
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDE)
    console.print(heading(answer))
    for table in tables(answer):
        console.print(_drawn(table))
    console.print("<5: from 1 to 4, or a number from which such a one could be reckoned")


def heading(answer: pb.GetStatisticsResponse) -> str:
    """Which complaints these are."""
    at = answer.as_of.ToJsonString()
    return f"complaints filed from {answer.filed_from} to {answer.filed_until}, counted at {at}"


def _drawn(table: Table) -> "RichTable":
    from rich import box
    from rich.table import Table as RichTable

    drawn = RichTable(title=table.title, box=box.SIMPLE, title_justify="left")
    for number, head in enumerate(table.heads):
        is_number = 0 < number <= table.numbers
        drawn.add_column(head, justify="right" if is_number else "left", no_wrap=True)
    for row in table.rows:
        drawn.add_row(*row)
    return drawn
