"""What complaint's process must have come to, and where what is told of it differs."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from services.cli.demo.actions import (
    Accept,
    Action,
    Answer,
    Close,
    Decline,
    Distribute,
    File,
    Merge,
    Offer,
    ReceiveDocuments,
    RequestDocuments,
    Return,
    Survey,
    Triage,
)
from services.cli.demo.clarifying import (
    AskDate,
    Commitment,
    Confirm,
    Explain,
    Hold,
    Invite,
    RecommendBroken,
    Take,
)
from services.cli.demo.contact import plan_of
from services.cli.demo.expected import Expected, expected
from services.cli.demo.expected_process import Process
from services.cli.demo.giving_on import Lock, TakeFile
from services.cli.demo.outputs_process import lines
from services.cli.demo.process_told import Books, faults, numbers
from services.cli.demo.script import OFFER_DAYS, Day, Script

MONDAY = date(2024, 3, 4)
SUBJECTS = ["officer:complaint-1", "officer:complaint-2"]


def world_after(*days: list[Action]) -> Expected:
    shown = (Day(MONDAY + timedelta(days=n), tuple(deeds)) for n, deeds in enumerate(days))
    return expected(Script(tuple(shown), OFFER_DAYS))


def after(*days: list[Action]) -> Process:
    return world_after(*days).process


def filed(plan: str = "", code: str = "unpaid_wages", severity: int = 2) -> list[Action]:
    return [File(0, plan), Triage(0, code, severity)]


def heard(
    session: int, outcome: str, *, promises: bool = False, admitted: str = ""
) -> list[Action]:
    promised = Commitment(1_000_000, MONDAY) if promises else None
    return [
        Invite(0, session, 3, MONDAY),
        Explain(0),
        Hold(0, session, outcome, admitted=admitted, commitment=promised),
    ]


def test_a_complaint_comes_into_each_stage_once_unless_it_comes_back() -> None:
    process = after(filed(), [RequestDocuments(0)], [ReceiveDocuments(0)], [Offer(0, "protection")])
    assert process.visits == {"received": 1, "triaged": 2, "validation": 1, "offered": 1}
    assert process.now == {"offered": 1}


def test_another_date_is_no_other_session() -> None:
    process = after(filed(), [Invite(0, 1, 3, MONDAY)], [AskDate(0, MONDAY)], heard(1, "settled"))
    assert process.visits["clarification_1"] == 1
    assert (process.invited, process.clocks["clarification_1"]) == ({1: 1}, 1)


def test_what_protection_declines_goes_on_where_it_was() -> None:
    given: list[list[Action]] = [[Offer(0, "protection")], [Decline(0, "incomplete")]]
    process = after(filed(), heard(1, "second"), heard(2, "handed_on"), *given)
    assert process.visits["clarification_2"] == 2
    assert process.now == {"clarification_2": 1}


def test_an_offer_that_lapses_goes_on_where_it_was() -> None:
    days: list[list[Action]] = [filed(), [Distribute(0, "claim")], [Offer(0, "protection")]]
    process = after(*days, [], [], [], [])
    assert (process.visits["claim"], process.now) == (2, {"claim": 1})


def test_a_promise_that_was_broken_may_be_kept_later() -> None:
    broken: list[list[Action]] = [
        *(filed(), heard(1, "second"), heard(2, "settled", promises=True, admitted="admitted")),
        [Confirm(0, 2, kept=False)],
    ]
    assert after(*broken).promises == {(2, "broken"): 1}
    assert after(*broken, [Confirm(0, 2, kept=True)]).promises == {(2, "kept"): 1}


def test_a_sanction_of_a_broken_promise_is_complaints_to_recommend_and_placements_to_decide() -> (
    None
):
    recommended: list[list[Action]] = [
        *(filed(), heard(2, "settled", promises=True, admitted="admitted")),
        [RecommendBroken(0, 3, "broken_commitment")],
    ]
    assert world_after(*recommended).holders["sanction", 0] == "complaint"
    assert world_after(*recommended, [TakeFile(0)]).holders["sanction", 0] == "placement"
    world = world_after(*recommended, [TakeFile(0)], [Lock(0, 3, MONDAY)])
    assert ("sanction", 0) in world.opened - world.holders.keys()
    assert world.process.files == {"taken": 1, "locked": 1}
    assert {(hop.giver, hop.receiver, hop.end) for hop in world.hops} == {
        ("complaint", "placement", "accepted")
    }


def test_a_merged_complaint_has_ended_and_is_held_by_nobody() -> None:
    world = world_after([*filed(), File(1), Triage(1, "unpaid_wages", 2)], [Merge(1, 0)])
    assert world.process.ends == world.closed == {"merged": 1}
    assert set(world.holders) == {("complaint", 0)}


def test_a_question_is_in_no_figure_of_the_process() -> None:
    asked = filed(code="information", severity=0)
    process = after(asked, [Distribute(0, "consultation")], [Answer(0), Close(0, "demand_met")])
    assert not process.visits + process.now + process.ends + process.clocks


def test_only_whoever_has_a_plan_is_written_to() -> None:
    ended: list[list[Action]] = [[RequestDocuments(0)], [Answer(0)], [Close(0, "demand_met")]]
    told = {"question": 1, "answer_written": 1, "matter_closed": 1, "survey": 1}
    assert after(filed("private"), *ended).messages == told
    assert not after(filed(), *ended).messages


def the_way(plan: str) -> dict[str, Any]:
    way: dict[str, Any]
    (way,) = plan_of(File(0, plan))["ways"]
    return way


def test_where_the_employer_reads_along_only_the_agreed_text_may_come() -> None:
    assert not the_way("private").get("read_by_employer")
    assert the_way("read_along")["read_by_employer"]
    assert the_way("read_along")["bare_agreed"]


def test_an_officer_who_took_a_matter_has_it_again_when_it_comes_back() -> None:
    offered: list[list[Action]] = [[Offer(0, "protection")], [Accept(0)], [Return(0, "settled")]]
    assert after(filed(), [Take(0)], *offered).taken == {0: 2}
    assert +after(filed(), *offered).taken == {}


def a_world() -> Process:
    """A promise that was kept, a second complaint that is open, and a survey."""
    return after(
        [*filed("private"), File(1), Triage(1, "unpaid_wages", 2)],
        [Take(0), *heard(1, "settled", promises=True)],
        [Confirm(0, 1, kept=True), Answer(0), Close(0, "demand_met"), Survey(0, 5, solved=True)],
    )


def as_told(**changes: int) -> dict[str, Any]:
    """What complaint's statistics tell of that world, as JSON, but for these."""
    told = {"triaged": 1, "closed": 1, "clarification_1": 0} | changes
    visits = {"received": 2, "triaged": 1, "clarification_1": 1}
    stages = [
        {
            "stage": f"STAGE_{stage.upper()}",
            "now": {"number": str(told.get(stage, 0))},
            "visits": {"number": str(visits.get(stage, 0))},
        }
        for stage in ("received", "triaged", "clarification_1", "closed", "handed_over")
    ]
    clocks = {"clarification_1": 1, "commitment_1": 1, "offer": 7}
    officer = {"service": "complaint", "officer_id": SUBJECTS[0]}
    return {
        "stages": stages,
        "ends": [
            {"code": "demand_met", "complaints": {"number": "1"}},
            {"code": "open", "complaints": {"number": "1"}},
        ],
        "clocks": [{"clock": c, "started": {"number": str(n)}} for c, n in clocks.items()],
        "custodians": [
            {"custodian": {"service": "complaint"}, "taken": {"number": "2"}},
            {"custodian": officer, "taken": {"number": "1"}},
        ],
        "survey": {"answered": {"number": "1"}, "solved": {"number": "1"}},
    }


def the_books(**changes: Any) -> Books:
    kept: dict[str, Any] = {
        "sessions": Counter({(1, "settled"): 1}),
        "promises": Counter({(1, "kept"): 1}),
        "messages": Counter(
            {"clarification": 1, "answer_written": 1, "matter_closed": 1, "survey": 1}
        ),
        "statements": 1,
        "minutes": 1,
        "plans": 1,
    }
    return Books(**(kept | changes))


def found_wrong(told: dict[str, Any], kept: Books) -> list[str]:
    return list(faults(a_world(), numbers(told), kept, SUBJECTS))


def test_what_is_told_as_the_script_has_it_has_no_fault() -> None:
    assert found_wrong(as_told(), the_books()) == []


def test_a_number_of_the_statistics_that_differs_is_named_with_both() -> None:
    assert found_wrong(as_told(closed=3), the_books()) == [
        "the statistics: now closed 3, and the script has 1"
    ]


def test_a_promise_that_the_books_have_otherwise_is_named() -> None:
    found = found_wrong(as_told(), the_books(promises=Counter({(1, "broken"): 1})))
    assert found == [
        "complaint's books: promises (1, 'broken') 1, and the script has 0",
        "complaint's books: promises (1, 'kept') 0, and the script has 1",
    ]


def test_a_plain_message_where_the_employer_reads_along_is_named() -> None:
    (found,) = found_wrong(as_told(), the_books(read_along=1))
    assert found.startswith("complaint's books: told in full where the employer reads along 1")


def test_each_thing_that_happened_is_told_in_one_line() -> None:
    told = list(lines(numbers(as_told()), the_books(), Counter()))
    assert "1 first, 0 second ones; 1 statements by the agency's link, 1 minutes" in told[0]
    assert told[1].startswith("of these with an agreement: 1;")
    assert "promises kept: 1, broken: 0" in told[1]
    assert len(told) == 8
