"""`estafet mission`: which mission serves a place abroad."""

from datetime import date
from typing import Annotated

import typer

from services.chassis.clock import real_now
from services.chassis.errors import Invalid, NotFound
from services.process.calendar import local_day


def show_mission(
    country: Annotated[str, typer.Argument(help="ISO 3166-1, three letters: MYS.")],
    region: Annotated[str, typer.Argument(help="State, region or emirate, however spelt.")] = "",
    on: Annotated[str, typer.Option(help="On this day (ISO); today if none is given.")] = "",
) -> None:
    """The Indonesian mission that serves a place, how that was found, and by which source."""
    from services.complaint.missions import Basis, mission_of, telephones

    found = mission_of(country.upper(), region, _day(on))
    if found is None:
        raise NotFound(f"no mission is known for {country}", reason="MISSION_UNKNOWN")
    row, by = found.row, found.basis
    told = {
        Basis.REGION: f"serves {row.region}, {row.country}",
        Basis.COUNTRY: f"serves all of {row.country}",
        Basis.REGION_UNKNOWN: f"is asked where the region of {row.country} is not known",
    }
    typer.echo(f"{row.mission} {told[by]}")
    if row.valid_from or row.valid_until:
        typer.echo(f"from {row.valid_from or 'the beginning'} until {row.valid_until or 'now'}")
    for source in row.sources:
        typer.echo(f"read on {row.read_on}: {source}")
    if not row.sources:
        typer.echo("belum diverifikasi: from general knowledge")
    for each in telephones().get(row.mission, ()):
        typer.echo(f"telephone {each.number}, as told on {each.told_on}: {each.source}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text) if text else local_day(real_now())
    except ValueError:
        raise Invalid(f"{text} is no day: write it as 2026-03-17") from None
