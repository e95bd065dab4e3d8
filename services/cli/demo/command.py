"""`estafet demo`: the published year 2024 through the whole relay."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Planted(StrEnum):
    """Faults that may be planted at the end of the replay."""

    LOSE = "lose"
    DOUBLE = "double"
    SWAP_HOLDER = "swap_holder"


def demo(
    fault: Annotated[
        Planted | None, typer.Option(help="Plant one fault at the end; the demo must find it.")
    ] = None,
    scale: Annotated[int, typer.Option(min=1, help="So many times the published load.")] = 1,
    months: Annotated[str, typer.Option(help="Only these months, such as 9 or 1,2.")] = "",
    information: Annotated[int, typer.Option(help="Information requests beside them.")] = 40,
    placements: Annotated[
        int, typer.Option(min=1, help="One in so many of the published placements.")
    ] = 100,
    home: Annotated[
        Path | None, typer.Option(help="Its folder; default: demo in .estafet.")
    ] = None,
    keep: Annotated[
        bool | None, typer.Option(help="Leave it running; default: yes, except a fault or in CI.")
    ] = None,
) -> None:
    """Replay the published year 2024 through the relay, and count what came of it.

    People and P3MI are fictional. Exit 0: the figures are equal, every matter is as the script
    leaves it and the accounts balance. 1: not so. 2: the demo could not be carried out.
    """
    from services.cli.demo.run import Options, run

    chosen = tuple(int(month) for month in months.split(",") if month)
    if any(month not in range(1, 13) for month in chosen):
        raise typer.BadParameter("months are 1 to 12")
    options = Options(
        fault.value if fault else "", scale, chosen, information, placements, home, keep
    )
    raise typer.Exit(run(options))
