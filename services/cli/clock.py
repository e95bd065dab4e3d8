"""`estafet clock`: domain time of a local or test copy, which a demonstration moves forward."""

from datetime import datetime
from zoneinfo import ZoneInfo

import typer

from services.chassis.clock import real_now
from services.chassis.errors import Invalid
from services.cli.environment import settings_of

JAKARTA = ZoneInfo("Asia/Jakarta")
clock_app = typer.Typer(no_args_is_help=True, help="Domain time (local and test copies only).")


@clock_app.command("show")
def show_clock() -> None:
    """Print domain time and how far it is from real time."""
    clock = settings_of("auditor").clock()
    offset = clock.offset()
    ahead = f"{abs(offset)} {'behind' if offset.total_seconds() < 0 else 'ahead of'} real time"
    now = (real_now() + offset).astimezone(JAKARTA)
    typer.echo(f"{now:%Y-%m-%d %H:%M:%S} in Jakarta, {ahead if offset else 'real time'}")


@clock_app.command()
def advance(instant: str) -> None:
    """Move domain time forward to an instant such as 2024-03-04T09:00 (in Jakarta, or with its
    own offset); clocks on matters that are due by then run."""
    settings_of("auditor").clock().advance_to(instant_of(instant))
    show_clock()


def instant_of(text: str) -> datetime:
    """An instant in ISO 8601; without an offset it is Jakarta's time. Invalid."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{text} is no instant such as 2024-03-04T09:00") from None
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=JAKARTA)
