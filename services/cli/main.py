"""The command `estafet`. Sub-commands of one service live with it, in its `commands.py`."""

import sys
from typing import Annotated

import typer

from services.chassis.errors import EstafetError
from services.cli.audit.entry import audit
from services.cli.calendar import calendar_app
from services.cli.clock import clock_app
from services.cli.demo.command import demo
from services.cli.document import document_app
from services.cli.extras import modules_of_services
from services.cli.journey import show_journey
from services.cli.morning import show_morning
from services.cli.operators import consumer_app, outbox_app
from services.cli.parked import run_requeue, show_parked
from services.cli.process import process_app
from services.cli.statistics import show_statistics

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
topics_app = typer.Typer(no_args_is_help=True, help="Kafka topics and their access rules.")
app.add_typer(topics_app, name="topics")
app.command()(audit)
app.command()(demo)
app.command("journey")(show_journey)
app.command("morning")(show_morning)
app.command("parked")(show_parked)
app.command("statistics")(show_statistics)
app.command("requeue")(run_requeue)
app.add_typer(consumer_app, name="consumer")
app.add_typer(outbox_app, name="outbox")
app.add_typer(clock_app, name="clock")
app.add_typer(process_app, name="process")
app.add_typer(calendar_app, name="calendar")
app.add_typer(document_app, name="document")


@app.command()
def migrate(services: Annotated[list[str] | None, typer.Argument()] = None) -> None:
    """Bring the databases of these services (default: all) to this release."""
    from services.chassis.migrate import migrate as run
    from services.chassis.migrate import migrated_services
    from services.cli.environment import settings_of

    known = migrated_services()
    for service in services or known:
        if service not in known:
            raise typer.BadParameter(f"no service {service}; there are {', '.join(known)}")
        later = run(service, settings_of(service))
        stands = f"of a later release ({', '.join(later)}), left as it is" if later else ""
        typer.echo(f"{service}: {stands or 'at this release'}")


@topics_app.command("apply")
def apply_topics() -> None:
    """Create what is missing of this release's topics and access rules."""
    from services.chassis.topics import apply
    from services.cli.environment import settings_of

    settings = settings_of("admin")
    created = apply(settings)
    for more in modules_of_services("topics"):
        created += more.apply(settings)
    typer.echo(f"topics created: {', '.join(created) or 'none, all were there'}")


@app.command("map")
def show_map() -> None:
    """Print every event and hand-over with who tells and who hears it, from code."""
    from services.cli.map import show

    show()


def main() -> None:
    """Run a command; an expected error is one line and exit code 2."""
    from services.cli.environment import settings_of

    for extra in modules_of_services("commands"):
        extra.add_to(app, settings_of)
    try:
        app()
    except EstafetError as error:
        typer.echo(f"estafet: {error}", err=True)
        sys.exit(2)
