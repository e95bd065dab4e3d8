"""The command `estafet audit`. What it stands on (Kafka, SQL, nameko) loads when it runs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from services.cli.audit.command import Report

BALANCED, DIFFERENT, UNSETTLED = 0, 1, 2


def audit(
    records: Annotated[bool, typer.Option("--records", help="Also scan every record.")] = False,
    wait: Annotated[float, typer.Option(help="Seconds to wait for quiet.")] = 60.0,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Prove that nothing was lost, doubled or left without a holder.

    Exit 0: balanced. 1: differences, each with its key. 2: it did not settle.
    """
    from services.cli.audit.command import DidNotSettleError, run

    try:
        report = run(records=records, wait_seconds=wait)
    except DidNotSettleError as error:
        typer.echo(f"audit: did not settle: {error}", err=True)
        raise typer.Exit(UNSETTLED) from None
    tell_json(report) if as_json else tell(report)
    raise typer.Exit(BALANCED if report.balanced else DIFFERENT)


def tell(report: Report) -> None:
    """Print a report for people."""
    for name, count in report.counts.items():
        typer.echo(f"{name:14} {count:>9,}")
    for difference in report.differences:
        typer.echo(f"difference: {difference}")
    typer.echo("audit: balanced" if report.balanced else "audit: NOT balanced")


def tell_json(report: Report) -> None:
    """Print a report for programs."""
    told = {
        "balanced": report.balanced,
        "counts": report.counts,
        "differences": [asdict(difference) for difference in report.differences],
    }
    typer.echo(json.dumps(told, indent=2))
