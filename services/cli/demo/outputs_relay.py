"""The outputs about the whole relay: who left, who gave what to whom, who holds it, one journey."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from services.chassis import catalogue
from services.cli.demo import holders, sample
from services.cli.demo.actions import Action
from services.cli.demo.custodies import Key
from services.cli.demo.expected import Expected
from services.cli.demo.giving_on import MinistryAccepts, TakeFile, TakeReturnee
from services.cli.demo.outputs import console, heading, say
from services.cli.demo.plan import Plan
from services.cli.demo.readmodel import ReadModel
from services.cli.demo.script import Script
from services.cli.tables import lines
from services.handover.custody import Custody, OfferState
from services.handover.journey import name, steps
from services.handover.ledger import Ledger

PLACED = ("months of 2024", "country", "published", "share", "recorded", "equal")
HOPS = ("giver", "receiver", "kind", "end", "hand-overs")
# What takes a case's matters over: with all of them its journey goes through everybody.
EVERYTHING = (MinistryAccepts, TakeFile, TakeReturnee)
HOLDINGS = ("party", "holds", "open matters")


def placements(model: ReadModel, plan: Plan, world: Expected, one_in: int) -> bool:
    """The sample beside what is published, and beside what the script has leave."""
    heading(f"2. Placements: one in {one_in} of those published, by who left")
    compared = sample.compared(model.departed, plan.months)
    _table(PLACED, [_placed(figure, count, one_in) for figure, count in compared])
    by_country = Counter[str]()
    for (_, country), count in model.departed.items():
        by_country[country] += count
    is_as_scripted = by_country == world.departed
    console.print(
        f"{by_country.total():,} workers left, to {len(by_country)} countries, "
        f"{'as' if is_as_scripted else 'NOT as'} the script has it; no source in reach has "
        "November and December, so nobody leaves then"
    )
    return is_as_scripted and all(figure.is_met_by(count, one_in) for figure, count in compared)


def _placed(figure: sample.PlacedFigure, count: int, one_in: int) -> tuple[object, ...]:
    value = f"{figure.value:,}{' (derived)' if figure.derived else ''}"
    share = f"{figure.value / one_in:,.2f}"
    equal = "yes" if figure.is_met_by(count, one_in) else "NO"
    return ", ".join(map(str, figure.months)), figure.key, value, share, count, equal


def hand_overs(model: ReadModel, world: Expected, ids: Mapping[Key, str]) -> bool:
    """By giver, receiver, kind and end; open matters, each with exactly one holder."""
    heading("3. Hand-overs by giver, receiver, kind and end; who holds what")
    _table(HOPS, [(*hop, count) for hop, count in sorted(holders.hops(model.ledger).items())])
    _table(HOLDINGS, model.open_by_holder)
    wrong = list(holders.faults(model.ledger, holders.seen(), world, ids))
    say(wrong)
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


def journey(ledger: Ledger, script: Script) -> bool:
    """The journey that went through most parties: all deputies and a ministry, if the script has
    one that does."""
    heading("4. One journey through everybody")
    matters = max(_journeys(ledger), key=lambda each: len(_parties(each)))
    parties = _parties(matters)
    console.print(f"through {', '.join(sorted(parties))}")
    told = [
        step for each in matters for step in steps(each.matter_id, ledger.entries[each.matter_id])
    ]
    for step in sorted(told, key=lambda step: (step.at, step.matter_id, step.seq)):
        line = f"{step.at:%Y-%m-%d}  …{step.matter_id[-4:]}  {step.text}  [{name(step.holder)}]"
        console.print(line, markup=False)
    return goes_through_everybody(parties) or not _has_everything(script)


def goes_through_everybody(parties: AbstractSet[str]) -> bool:
    """Whether these are all deputies that hold matters, and a ministry."""
    deputies = {each for each in catalogue.deputies() if each != holders.MINISTRIES}
    return deputies < parties


def _has_everything(script: Script) -> bool:
    """Whether something was filed that a ministry, placement and empowerment take over."""
    done: dict[int, set[type[Action]]] = {}
    for action in script.actions():
        if isinstance(action, EVERYTHING):
            done.setdefault(action.index, set()).add(type(action))
    return any(len(kinds) == len(EVERYTHING) for kinds in done.values())


def _journeys(ledger: Ledger) -> list[list[Custody]]:
    by_journey: dict[str, list[Custody]] = {}
    for custody in ledger.matters.values():
        if custody.matter_id not in ledger.breaks:
            by_journey.setdefault(custody.journey_id, []).append(custody)
    return list(by_journey.values())


def _parties(matters: Iterable[Custody]) -> set[str]:
    """Whoever gave one of these, or took it over."""
    return {
        holders.party_of(party)
        for custody in matters
        for offer in custody.offers
        if offer.state is OfferState.ACCEPTED
        for party in (offer.giver, offer.receiver)
    }


def _table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    for line in lines(heads, rows) if rows else ():
        console.print(line, markup=False)
    console.print()
