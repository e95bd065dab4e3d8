"""`estafet partner`: the commands for partner ministries."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from services.chassis.runtime import make_engine
from services.chassis.settings import Settings

SERVICE = "exchange"

app = typer.Typer(no_args_is_help=True, help="Partner ministries: agreements, users, streams.")


def add_to(estafet: typer.Typer, settings_of: Callable[[str], Settings]) -> None:
    """Make these commands part of `estafet`, which knows by what settings an owner acts."""
    estafet.add_typer(app, name="partner", context_settings={"obj": settings_of})


@app.command("check")
def check_agreements() -> None:
    """Read the agreements; what is wrong with one is said by its name and field."""
    from services.exchange.agreements import AGREEMENTS

    for agreement in AGREEMENTS.all:
        typer.echo(f"{agreement.ministry}: {agreement.event} until {agreement.until}")


@app.command("add")
def add_partner(
    context: typer.Context, name: str, into: Annotated[Path, typer.Option()] = Path("partners")
) -> None:
    """Make a ministry's Kafka user, topics and rules, and a folder with all that it needs."""
    from services.exchange.partners import add

    folder = into / name
    add(context.obj("admin"), name, folder)
    typer.echo(
        f"{name}: {folder} holds its credentials; give it to the ministry, and to nobody else"
    )


@app.command("replay")
def replay_stream(
    context: typer.Context,
    name: str,
    first: Annotated[int, typer.Option("--from", min=1)],
    last: Annotated[int, typer.Option("--to", min=1)],
) -> None:
    """Send an interval of a ministry's numbers once more, marked as replayed."""
    from services.exchange.partners import replay
    from services.exchange.store import STREAM_DAYS

    engine = make_engine(context.obj(SERVICE), SERVICE)
    with engine.begin() as connection:
        found = replay(connection, name, first, last)
    asked = max(0, last - first + 1)
    typer.echo(f"{name}: {found} of {asked} numbers are sent again")
    if found < asked:
        typer.echo(f"The others were not sent yet, or more than {STREAM_DAYS} days ago", err=True)
