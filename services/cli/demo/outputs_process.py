"""The output about complaint's own process, in plain words, beside what the script leads to."""

from collections import Counter
from collections.abc import Iterator

from services.cli.demo import process_told
from services.cli.demo.clarifying import FIRST, HANDED_ON, SECOND, SETTLED
from services.cli.demo.deeds_clarifying import subject_of
from services.cli.demo.door import Door
from services.cli.demo.expected_process import (
    BROKEN,
    KEPT,
    LOCKED,
    MERGED,
    OPEN,
    TAKEN,
    Process,
)
from services.cli.demo.outputs import console, heading, say
from services.cli.demo.process_told import Books, Numbers
from services.cli.demo.script import OFFICERS
from services.handover.custody import OfferState
from services.handover.ledger import Ledger

COMPLAINT, SANCTION, SANCTIONED = "complaint", "sanction", "sanctioned"


def process(world: Process, ledger: Ledger, door: Door) -> bool:
    """What complaint tells of its process; whether all of it is as the script leads to."""
    heading("5. Complaint's own process, by its statistics and its books")
    found, kept = process_told.numbers(process_told.statistics(door)), process_told.books()
    files = files_of(ledger)
    for line in lines(found, kept, files):
        console.print(line, markup=False)
    subjects = [subject_of(number) for number in range(OFFICERS)]
    wrong = list(process_told.faults(world, found, kept, subjects))
    if files != world.files:
        wrong.append(f"sanctions of broken promises {files}, and the script has {world.files}")
    say(wrong)
    if not wrong:
        console.print("stage by stage, ground by ground, promise by promise as the script has it")
    return not wrong


def files_of(ledger: Ledger) -> Counter[str]:
    """What placement did with sanctions that complaint recommended: taken, and of these locked."""
    files = Counter[str]()
    for custody in ledger.matters.values():
        if custody.kind == SANCTION and custody.offers[0].giver.service == COMPLAINT:
            files[TAKEN] += any(each.state is OfferState.ACCEPTED for each in custody.offers)
            files[LOCKED] += custody.ground == SANCTIONED
    return files


def lines(found: Numbers, kept: Books, files: Counter[str]) -> Iterator[str]:
    """One line for each thing that happened."""
    agreed = kept.sessions[FIRST, SETTLED] + kept.sessions[SECOND, SETTLED]
    yield (
        f"clarifications with placement agencies (P3MI): {_held(kept, FIRST)} first, "
        f"{_held(kept, SECOND)} second ones; {kept.statements} statements by the agency's link, "
        f"{kept.minutes} minutes"
    )
    yield (
        f"of these with an agreement: {agreed}; given on to a mediation: "
        f"{kept.sessions[SECOND, HANDED_ON]}; promises kept: {_promised(kept, KEPT)}, "
        f"broken: {_promised(kept, BROKEN)}, not due yet: {_promised(kept, OPEN)}"
    )
    yield (
        f"broken and admitted, so to placement without a mediation (Art 18(4)): {kept.sanctions}; "
        f"taken up: {files[TAKEN]}, agency locked: {files[LOCKED]}"
    )
    yield f"complainants asked for missing documents: {found['clocks', 'documents']}"
    yield (
        f"consultations: {found['visits', 'consultation']}; "
        f"help with a claim of social security: {found['visits', 'claim']}"
    )
    yield f"merged, since somebody else had told of the same matter: {found['ended', MERGED]}"
    yield (
        f"contact plans: {kept.plans}, with {kept.messages.total()} messages; "
        f"in plain words where the employer reads along: {kept.read_along}"
    )
    yield (
        f"surveys answered: {found['surveys', 'all']}; "
        f"solved, they say: {found['surveys', 'solved']}"
    )


def _held(kept: Books, session: int) -> int:
    return sum(n for (of, outcome), n in kept.sessions.items() if of == session and outcome)


def _promised(kept: Books, state: str) -> int:
    return sum(n for (_, was), n in kept.promises.items() if was == state)
