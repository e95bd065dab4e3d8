"""The outputs of a demo. Those that may fail say whether they hold."""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping

import httpx
from rich.console import Console
from rich.table import Table

from services.cli.audit.command import DidNotSettleError
from services.cli.audit.command import run as run_audit
from services.cli.demo import compare, holders, sample
from services.cli.demo.custodies import Key
from services.cli.demo.expected import Expected
from services.cli.demo.facts import MAIN, not_replayed
from services.cli.demo.latency import Latency
from services.cli.demo.plan import Plan
from services.cli.demo.readmodel import ReadModel
from services.handover.custody import Custody, OfferState
from services.handover.journey import name, steps
from services.handover.ledger import Ledger

FICTIONAL = "People and P3MI in this demo are fictional; only the published figures are real."
SHOWN = 20
console = Console(highlight=False, soft_wrap=True)


def heading(text: str) -> None:
    console.print(f"\n== {text}", style="bold")


def figures(model: ReadModel, plan: Plan) -> bool:
    """Published against recorded; and, beside it, every cell that no source publishes."""
    heading("1. Published against recorded, from a read model rebuilt out of the topics")
    lines = compare.compare(model.recorded, plan.published(MAIN))
    spread = compare.compare(model.recorded, compare.spread_months(plan))
    shown = [*lines, *spread]
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
        f"{len(lines)} published figures, {len(cells)} cells as filed"
    )
    for figure, reason in not_replayed():
        console.print(f"not replayed: {figure}: {reason}", markup=False)
    return compare.all_equal(lines) and compare.all_equal(cells)


def placements(model: ReadModel, plan: Plan, world: Expected, one_in: int) -> bool:
    """The sample beside what is published, and beside what the script has leave."""
    heading(f"2. Placements: one in {one_in} of those published, by who left")
    table = Table("months of 2024", "country", "published", f"/ {one_in}", "recorded", "equal")
    lines = sample.compared(model.departed, plan.months)
    for figure, count in lines:
        months = ", ".join(map(str, figure.months))
        value = f"{figure.value:,}{' (derived)' if figure.derived else ''}"
        equal = "yes" if figure.is_met_by(count, one_in) else "NO"
        share = f"{figure.value / one_in:,.2f}"
        table.add_row(months, figure.key, value, share, str(count), equal)
    console.print(table)
    by_country = Counter[str]()
    for (_, country), count in model.departed.items():
        by_country[country] += count
    is_as_scripted = by_country == world.departed
    console.print(
        f"{by_country.total():,} workers left, to {len(by_country)} countries, "
        f"{'as' if is_as_scripted else 'NOT as'} the script has it; no source in reach has "
        "November and December, so nobody leaves then"
    )
    return is_as_scripted and all(figure.is_met_by(count, one_in) for figure, count in lines)


def hand_overs(model: ReadModel, world: Expected, ids: Mapping[Key, str]) -> bool:
    """By giver, receiver, kind and end; open matters, each with exactly one holder."""
    heading("3. Hand-overs by giver, receiver, kind and end; who holds what")
    table = Table("giver", "receiver", "kind", "end", "hand-overs")
    for hop, count in sorted(holders.hops(model.ledger).items()):
        table.add_row(*hop, str(count))
    console.print(table)
    held = Table("party", "holds", "matters")
    for party, kind, count in model.open_by_holder:
        held.add_row(party, kind, str(count))
    console.print(held)
    wrong = list(holders.faults(model.ledger, holders.seen(), world, ids))
    _say(wrong)
    if not wrong:
        console.print(
            f"{len(model.ledger.matters)} matters, each as the script leaves it and with one "
            "holder by its log, by every service's own view and by the baton"
        )
    return not wrong


def ministries(told: Mapping[str, tuple[int, int]]) -> bool:
    """What each ministry was told, as its own user counts it; none of its answers was refused."""
    for ministry, (messages, refused) in sorted(told.items()):
        console.print(f"{ministry} was told {messages}, and {refused} of its answers were refused")
    return not any(refused for _, refused in told.values())


def journey(ledger: Ledger) -> None:
    """The journey that went through most parties."""
    heading("4. One journey through everybody")
    matters = max(_journeys(ledger), key=lambda each: len(_parties(each)))
    console.print(f"through {', '.join(sorted(_parties(matters)))}")
    told = [
        step for each in matters for step in steps(each.matter_id, ledger.entries[each.matter_id])
    ]
    for step in sorted(told, key=lambda step: (step.at, step.matter_id, step.seq)):
        line = f"{step.at:%Y-%m-%d}  …{step.matter_id[-4:]}  {step.text}  [{name(step.holder)}]"
        console.print(line, markup=False)


def _journeys(ledger: Ledger) -> list[list[Custody]]:
    by_journey: dict[str, list[Custody]] = {}
    for custody in ledger.matters.values():
        if custody.matter_id not in ledger.breaks:
            by_journey.setdefault(custody.journey_id, []).append(custody)
    return list(by_journey.values())


def _parties(matters: Iterable[Custody]) -> set[str]:
    """Whoever held or was offered one of these."""
    return {
        holders.party_of(party)
        for custody in matters
        for offer in custody.offers
        if offer.state is OfferState.ACCEPTED
        for party in (offer.giver, offer.receiver)
    }


def audited() -> bool:
    """`estafet audit --records`."""
    heading("5. estafet audit --records")
    try:
        report = run_audit(records=True)
    except DidNotSettleError as error:
        console.print(f"audit: did not settle: {error}", markup=False)
        return False
    console.print(", ".join(f"{name} {count:,}" for name, count in report.counts.items()))
    _say([f"difference: {difference}" for difference in report.differences])
    console.print("audit: balanced" if report.balanced else "audit: NOT balanced")
    return report.balanced


def speed(latency: Latency) -> None:
    heading("6. From the HTTP answer of an offer to its row in protection's queue, real time")
    for percent, seconds in latency.percentiles().items():
        console.print(f"p{percent} {seconds * 1000:.0f} ms")
    left_out = f", {len(latency.unmeasured)} left out" if latency.unmeasured else ""
    console.print(
        f"over {len(latency.seconds)} offers{left_out}; "
        "the end is the commit as PostgreSQL noted it"
    )


def links(urls: dict[str, str], ledger: Ledger, home: str) -> None:
    """Where to look; the matter is the last that was handed over and closed."""
    heading("7. Where to look")
    told = [c for c in ledger.matters.values() if c.closed and c.last_offer and c.stack == ()]
    console.print(f"page          {urls['gateway']}/")
    console.print(f"OpenAPI       {urls['gateway']}/docs")
    console.print(f"traces        {urls['zipkin']}/zipkin/")
    console.print(f"this morning  ESTAFET_HOME={home} estafet morning", markup=False)
    console.print(f"              {urls['gateway']}/morning")
    if not told:
        return
    matter_id = max(told, key=lambda c: (c.closed_at, c.custody_no)).matter_id
    console.print(f"journey       ESTAFET_HOME={home} estafet journey {matter_id}", markup=False)
    traces = dict.fromkeys(entry.trace_id for entry in ledger.entries[matter_id])
    kept = [trace for trace in traces if trace and _has(urls["zipkin"], trace)]
    for trace in kept:
        console.print(f"              {urls['zipkin']}/zipkin/traces/{trace}")
    console.print(
        f"              {len(kept)} of its {len(traces)} traces of its hand-overs are still in "
        "Zipkin's memory; all spans are in spans/spans.sqlite of the demo's home"
    )


def _has(zipkin: str, trace: str) -> bool:
    try:
        return httpx.get(f"{zipkin}/api/v2/trace/{trace}").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def _say(lines: Iterable[str]) -> None:
    found = list(lines)
    for line in found[:SHOWN]:
        console.print(line, markup=False)
    if len(found) > SHOWN:
        console.print(f"and {len(found) - SHOWN} more")
