"""`estafet process`: the law as data, and history under another version of it."""

import importlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer

from services.chassis.errors import Invalid, NotFound
from services.cli.databases import database_of
from services.cli.tables import show
from services.process.acts import Act
from services.process.diagram import drawing
from services.process.law import Law
from services.process.rerun import Change, Rerun, nobody_is_heard
from services.process.store import act

SERVICES = Path(__file__).resolve().parents[1]
SHOWN = 20
AT_ONCE = 5000

process_app = typer.Typer(no_args_is_help=True, help="Law as data: versions, diagram, re-run.")


def laws() -> dict[str, Law]:
    """The law of every service that has one; WorkflowError."""
    return {name: law_of(name) for name in _with_a_law()}


def _with_a_law() -> list[str]:
    return sorted(path.parent.name for path in SERVICES.glob("*/workflow.toml"))


def law_of(service: str) -> Law:
    """The law of one service; Invalid when it has none."""
    if service not in _with_a_law():
        raise Invalid(f"{service} has no workflow.toml; {', '.join(_with_a_law())} have")
    law: Law = importlib.import_module(f"services.{service}.workflow").LAW
    return law


@process_app.command("versions")
def show_versions() -> None:
    """Each service's law: what amends it, from when on, and whether old matters follow."""
    found = laws()
    rows = [
        (
            service,
            each.name,
            each.regulation,
            each.holds_from or "a draft",
            "old matters, too" if each.old_matters else "new matters",
        )
        for service, law in found.items()
        for each in law.amendments
    ]
    show(("service", "version", "regulation", "holds from", "for"), rows)
    typer.echo(f"{len(found)} laws are read; each without an amendment is its version base")


@process_app.command("show")
def show_process(service: str) -> None:
    """A service's processes as Mermaid diagrams, what must be on file, its clocks and grounds."""
    typer.echo(drawing(law_of(service).base))


@process_app.command("rerun")
def rerun(
    service: str,
    under: Annotated[str, typer.Option(help="A version of its law, or a draft.")],
    every: Annotated[bool, typer.Option("--every", help="Print every change.")] = False,
) -> None:
    """Re-run a service's history under another version, and print what would have changed."""
    law = law_of(service)
    own = importlib.import_module(f"services.{service}.workflow")
    # Only whoever answers a complainant has grounds that wait since an answer, or a last contact.
    hears = getattr(own, "is_heard", nobody_is_heard)
    again = Rerun(law, under, getattr(own, "ANSWERS", ""), hears)
    counts: Counter[str] = Counter()
    changed, shown = set[str](), list[Change]()
    with database_of(service) as engine:
        for change in again.changes(history(engine)):
            counts[change.what] += 1
            changed.add(change.matter_id)
            if every or len(shown) < SHOWN:
                shown.append(change)
    rows = [(each.matter_id, each.action, each.what, each.was, each.would) for each in shown]
    show(("matter", "action", "what", "was", "would be"), rows)
    told = ", ".join(f"{what} {count:,}" for what, count in sorted(counts.items())) or "nothing"
    typer.echo(f"{service} under {under}: {told}; {len(changed):,} of {again.matters:,} matters")
    if again.left_out:
        began = "they began elsewhere, or before acts were kept"
        typer.echo(f"{again.left_out:,} matters are left out: {began}")
    typer.echo("What guards asked is not kept, so they are taken as they were answered then")
    if not every and counts.total() > SHOWN:
        typer.echo(f"{SHOWN} of {counts.total():,} are shown: --every prints all", err=True)


@process_app.command("acts")
def show_acts(service: str, subject_id: str) -> None:
    """What was done with one thing (a complaint, a case, a file, a plan, a matter): by whom, when,
    by which rule of which version, and the clock that it started."""
    law_of(service)
    with database_of(service) as engine:
        done = list(history(engine, subject_id))
    if not done:
        raise NotFound(f"{service} has written down no act about {subject_id}")
    heads = ("at (UTC)", "action", "in", "by", "reason", "rule", "version", "clock", "until (UTC)")
    show(heads, [_told(each) for each in done])


def _told(each: Act) -> tuple[str, ...]:
    until = f"{each.due_at:%Y-%m-%d %H:%M}" if each.due_at else ""
    rule = each.reason, each.regulation, each.version, each.clock, until
    return f"{each.acted_at:%Y-%m-%d %H:%M}", each.action, each.state or "begins", each.actor, *rule


def history(engine: sa.Engine, subject_id: str = "") -> Iterator[Act]:
    """The acts of a service about one thing, or all: each in its order, all of a thing together."""
    columns = [column.name for column in act.columns]
    found = sa.select(act).order_by(act.c.matter_id, act.c.act_id)
    if subject_id:
        found = found.where(act.c.matter_id == subject_id)
    with engine.connect() as connection:
        for row in connection.execution_options(yield_per=AT_ONCE).execute(found):
            yield Act(**dict(zip(columns, row, strict=True)))
