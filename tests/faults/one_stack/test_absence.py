"""12. Placement is away as long as people work: the others go on, and what has waited for it, also
what ministries are told of its workers, is done once it is back."""

from __future__ import annotations

import pytest

from infra.local.stack import Stack
from tests.faults.arena import a_seed, is_full, of_full
from tests.faults.books import Books, ask
from tests.faults.crew import Crew
from tests.faults.plays import hand_over, wait_for_placement
from tests.support.waiting import until

pytestmark = pytest.mark.stack

COMMANDS = 1200
PACE_SECONDS = 0.0 if is_full() else 0.1
PLAYS = (hand_over, wait_for_placement)
_OFFERED = "SELECT count(*) FROM offer WHERE receiver_service = 'placement' AND state = 'offered'"
_UNTOLD = "SELECT count(*) FROM partner_news WHERE sent_at IS NULL"


def test_a_deputy_that_is_away_all_the_time_finds_all_that_was_meant_for_it(books: Books) -> None:
    stack, commands = books.stack, of_full(COMMANDS)
    placement = stack.process("placement")
    placement.stop()
    with books.note(Crew(stack, PLAYS, a_seed(), commands, pace=PACE_SECONDS)) as crew:
        crew.reach(commands)
        until(lambda: count(stack, "protection", _OFFERED) and count(stack, "exchange", _UNTOLD))
        offered, untold = count(stack, "protection", _OFFERED), count(stack, "exchange", _UNTOLD)
        finished = sum(len(person.finished) for person in crew.crew)
        placement.start()
        placement.wait()
    books.close()
    print(
        f"  {crew.done} commands; while placement was away {finished} matters were finished,"
        f" {offered} offers and {untold} lines to ministries waited"
    )
    assert not is_full() or finished > 0
    assert count(stack, "protection", _OFFERED) == count(stack, "exchange", _UNTOLD) == 0


def count(stack: Stack, service: str, query: str) -> int:
    [(found,)] = ask(stack, service, query)
    return int(found)
