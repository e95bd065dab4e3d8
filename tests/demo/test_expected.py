from datetime import date, timedelta

from services.cli.demo.actions import Accept, Action, Ask, Clarify, File, Offer, Triage
from services.cli.demo.expected import Expected, expected
from services.cli.demo.giving_on import (
    Arrive,
    Lock,
    MinistryAccepts,
    MinistryReturns,
    Outcome,
    Recommend,
    Refer,
    Repatriate,
    TakeFile,
    TakeReturnee,
)
from services.cli.demo.placing import Depart, ReturnWorker, Start, TakeWorker
from services.cli.demo.script import OFFER_DAYS, Day, Script


def world_after(*days: list[Action]) -> Expected:
    first = date(2024, 3, 4)
    shown = (Day(first + timedelta(days=n), tuple(deeds)) for n, deeds in enumerate(days))
    return expected(Script(tuple(shown), OFFER_DAYS))


def after(*days: list[Action]) -> dict[str, int]:
    """The offers by end, counted on the last of these working days."""
    return {end: n for end, n in world_after(*days).offers.items() if n}


def an_offer(severity: int = 2) -> list[Action]:
    return [File(0), Triage(0, "unpaid_wages", severity), Offer(0, "protection")]


def test_an_offer_lapses_when_its_third_day_is_over() -> None:
    assert after(an_offer(), [], [], []) == {"open": 1}
    assert after(an_offer(), [], [], [], []) == {"lapsed": 1}


def test_an_offer_about_danger_to_life_lapses_when_its_first_day_is_over() -> None:
    assert after(an_offer(severity=4), []) == {"open": 1}
    assert after(an_offer(severity=4), [], []) == {"lapsed": 1}


def test_a_question_pauses_the_clock_and_an_answer_starts_it_anew() -> None:
    asked: list[list[Action]] = [an_offer(), [Ask(0, 3)], [], [], [Clarify(0)]]
    assert after(*asked, [], [], []) == {"open": 1}
    assert after(*asked, [], [], [Accept(0)]) == {"accepted": 1}
    assert after(*asked, [], [], [], []) == {"lapsed": 1}


def a_case() -> list[list[Action]]:
    return [an_offer(), [Accept(0)]]


def test_a_ministry_holds_what_it_took_over_until_it_returns_it() -> None:
    taken: list[list[Action]] = [
        *a_case(),
        [Refer(0, "kemlu", "help")],
        [MinistryAccepts(0, "kemlu")],
    ]
    assert world_after(*taken).holders == {("complaint", 0): "kemlu"}
    back = world_after(*taken, [MinistryReturns(0, "kemlu", "helped")])
    assert back.holders == {("complaint", 0): "protection"}


def test_somebody_who_came_home_goes_on_with_empowerment_until_the_outcome() -> None:
    home: list[list[Action]] = [*a_case(), [Repatriate(0, "SAU")], [Arrive(0, ("income",))]]
    world = world_after(*home, [TakeReturnee(0)])
    assert world.holders["repatriation", 0] == "empowerment"
    assert ("repatriation", 0) not in world_after(
        *home, [TakeReturnee(0)], [Outcome(0, "x")]
    ).holders
    needless = world_after(*a_case(), [Repatriate(0, "SAU")], [Arrive(0, ())])
    assert ("repatriation", 0) in needless.opened - needless.holders.keys()


def test_a_lock_leaves_a_matter_for_each_worker_whom_the_agency_has_in_process() -> None:
    starts: list[Action] = [Start(1, 7, "MYS"), Start(2, 7, "MYS"), Start(3, 8, "MYS"), Depart(2)]
    locked: list[list[Action]] = [
        *a_case(),
        [*starts, Recommend(0, 7, "x")],
        [TakeFile(0)],
        [Lock(0, 7, date(2024, 6, 1))],
    ]
    world = world_after(*locked)
    assert ("sanction", 0) in world.opened - world.holders.keys()
    assert {key for key in world.opened if key[0] == "worker_in_process"} == {
        ("worker_in_process", 1)
    }
    taken = world_after(*locked, [TakeWorker(1)])
    assert taken.holders["worker_in_process", 1] == "protection"
    ended = world_after(*locked, [TakeWorker(1)], [ReturnWorker(1, "settled")])
    assert ("worker_in_process", 1) not in ended.holders
    assert ended.departed == {"MYS": 1}
