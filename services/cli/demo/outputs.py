"""The outputs of a demo. Those that may fail say whether they hold."""

import shlex
import sys
from collections.abc import Iterable

import httpx
from rich.console import Console

from services.cli.audit.command import DidNotSettleError
from services.cli.audit.command import run as run_audit
from services.cli.demo import compare
from services.cli.demo.facts import MAIN, not_replayed
from services.cli.demo.latency import Latency
from services.cli.demo.plan import Plan
from services.cli.demo.readmodel import ReadModel
from services.handover.ledger import Ledger

FICTIONAL = "People and P3MI in this demo are fictional; only the published figures are real."
SHOWN = 20
console = Console(highlight=False, soft_wrap=True)


def heading(text: str) -> None:
    console.print(f"\n== {text}", style="bold")


def figures(model: ReadModel, plan: Plan) -> bool:
    """Published against recorded; and, beside it, every cell that no source publishes."""
    heading("1. Published against recorded, from a read model rebuilt out of the topics")
    published = compare.compare(model.recorded, plan.published(MAIN))
    spread = compare.compare(model.recorded, compare.spread_months(plan))
    shown = [*published, *spread]
    if sys.stdout.isatty():
        console.print(compare.table(shown, FICTIONAL))
    else:
        console.print(compare.plain(shown), markup=False)
        console.print(FICTIONAL)
    cells = compare.compare(model.recorded, compare.planned(plan))
    wrong = [line for line in cells if not line.equal]
    if wrong:
        console.print("Cells that differ from what was filed:")
        console.print(compare.plain(wrong[:SHOWN]), markup=False)
    console.print(
        f"{len(model.recorded)} filings from {model.records} records; "
        f"{len(published)} published figures, {len(cells)} cells as filed"
    )
    for figure, reason in not_replayed():
        console.print(f"not replayed: {figure}: {reason}", markup=False)
    return compare.all_equal(published) and compare.all_equal(cells)


def audited() -> bool:
    """`estafet audit --records`."""
    heading("6. estafet audit --records")
    try:
        report = run_audit(records=True)
    except DidNotSettleError as error:
        console.print(f"audit: did not settle: {error}", markup=False)
        return False
    console.print(", ".join(f"{name} {count:,}" for name, count in report.counts.items()))
    say([f"difference: {difference}" for difference in report.differences])
    console.print("audit: balanced" if report.balanced else "audit: NOT balanced")
    return report.balanced


def speed(latency: Latency) -> None:
    heading("7. From the HTTP answer of an offer to its row in protection's queue, real time")
    for percent, seconds in latency.percentiles().items():
        console.print(f"p{percent} {seconds * 1000:.0f} ms")
    left_out = f", {len(latency.unmeasured)} left out" if latency.unmeasured else ""
    console.print(
        f"over {len(latency.seconds)} offers{left_out}; "
        "the end is the commit as PostgreSQL noted it"
    )


def links(urls: dict[str, str], ledger: Ledger, home: str) -> None:
    """Where to look; the matter is the last that was handed over and closed."""
    heading("8. Where to look")
    told = [c for c in ledger.matters.values() if c.closed and c.last_offer and c.stack == ()]
    console.print(f"page          {urls['gateway']}/")
    console.print(f"OpenAPI       {urls['gateway']}/docs")
    console.print(f"traces        {urls['zipkin']}/zipkin/")
    console.print(f"this morning  {_command(home, 'morning')}", markup=False)
    console.print(f"              {urls['gateway']}/morning")
    if not told:
        return
    matter_id = max(told, key=lambda c: (c.closed_at, c.custody_no)).matter_id
    console.print(f"journey       {_command(home, f'journey {matter_id}')}", markup=False)
    traces = dict.fromkeys(entry.trace_id for entry in ledger.entries[matter_id])
    kept = [trace for trace in traces if trace and _has(urls["zipkin"], trace)]
    for trace in kept:
        console.print(f"              {urls['zipkin']}/zipkin/traces/{trace}")
    console.print(
        f"              {len(kept)} of its {len(traces)} traces of its hand-overs are still in "
        "Zipkin's memory; all spans are in spans/spans.sqlite of the demo's home"
    )


def _command(home: str, words: str) -> str:
    """What a shell in the checkout takes as it stands, whatever its folder is called."""
    return f"ESTAFET_HOME={shlex.quote(home)} .venv/bin/estafet {words}"


def _has(zipkin: str, trace: str) -> bool:
    try:
        return httpx.get(f"{zipkin}/api/v2/trace/{trace}").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def say(lines: Iterable[str]) -> None:
    found = list(lines)
    for line in found[:SHOWN]:
        console.print(line, markup=False)
    if len(found) > SHOWN:
        console.print(f"and {len(found) - SHOWN} more")
