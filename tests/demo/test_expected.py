from datetime import date, timedelta

from services.cli.demo.actions import Accept, Action, Ask, Clarify, File, Offer, Triage
from services.cli.demo.expected import expected
from services.cli.demo.script import OFFER_DAYS, Day, Script


def after(*days: list[Action]) -> dict[str, int]:
    """The offers by end, counted on the last of these working days."""
    first = date(2024, 3, 4)
    shown = (Day(first + timedelta(days=n), tuple(deeds)) for n, deeds in enumerate(days))
    return {end: n for end, n in expected(Script(tuple(shown), OFFER_DAYS)).offers.items() if n}


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
