"""What complaint brings to the command: `estafet triage`, `estafet mission`."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from services.chassis.errors import Invalid
from services.complaint.mission_command import show_mission


def add_to(app: typer.Typer, _settings_of: Callable[[str], Any]) -> None:
    """Add its commands."""
    app.command("triage")(triage_texts)
    app.command("mission")(show_mission)


def triage_texts(
    texts: Annotated[Path, typer.Argument(help="A CSV file with a column `text`, in UTF-8.")],
    out: Annotated[Path | None, typer.Option("--out", help="Where to; else it is printed.")] = None,
) -> None:
    """Suggest categories, severity and crisis for texts, each with what made it so."""
    from services.complaint.triage.table import read_table, write_table

    table = read_table(texts)
    if out is None:
        write_table(table, sys.stdout)
        return
    try:
        with out.open("w", encoding="utf-8", newline="") as file:
            count = write_table(table, file)
    except OSError as error:
        raise Invalid(f"{out} cannot be written: {error.strerror}") from None
    typer.echo(f"{count} texts: {out}", err=True)
