from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise
from typing import get_args

import pytest

from services.cli.demo.actions import (
    Accept,
    Action,
    Answer,
    Ask,
    Clarify,
    Close,
    Decline,
    Distribute,
    File,
    Mediate,
    Merge,
    Offer,
    ReceiveDocuments,
    RequestDocuments,
    Return,
    Survey,
    Triage,
)
from services.cli.demo.categories import category
from services.cli.demo.clarifying import (
    AskDate,
    Confirm,
    Explain,
    Hold,
    Invite,
    RecommendBroken,
    Take,
)
from services.cli.demo.data_files import COMPLAINT
from services.cli.demo.expected import expected
from services.cli.demo.giving_on import (
    Agree,
    Arrive,
    CloseFile,
    Drop,
    Enrol,
    Identify,
    Lock,
    MinistryAccepts,
    MinistryDeclines,
    MinistryReturns,
    Outcome,
    Recommend,
    Refer,
    RefuseFile,
    Repatriate,
    TakeFile,
    TakeReturnee,
    WishAgain,
)
from services.cli.demo.habits import Habits
from services.cli.demo.notes import Noted, note_of
from services.cli.demo.placing import ReturnWorker
from services.cli.demo.plan import build_plan
from services.cli.demo.script import OFFER_DAYS, Script, build_script
from services.process.calendar import WorkingCalendar
from services.process.law import Law

PLAN = build_plan(information=40)
THE_YEAR = build_script(PLAN)
SEPTEMBER = build_script(PLAN.only(9))
Deeds = list[tuple[int, Action]]

# What a case may give on, or do at once when that is over.
ON: set[type[Action]] = {Refer, Recommend, Repatriate, Mediate, Return}
# What a matter may do next, by what it did last.
NEXT: dict[type[Action], set[type[Action]]] = {
    File: {Triage},
    Triage: {Offer, Identify, Distribute, RequestDocuments, Merge, Take},
    Merge: set(),
    Distribute: {Answer, Close, Offer},
    RequestDocuments: {ReceiveDocuments, Close},
    ReceiveDocuments: {Distribute, Offer},
    Identify: {Agree, RequestDocuments, Distribute, Offer},
    Agree: {RequestDocuments, Distribute, Offer},
    Take: {Invite},
    Invite: {AskDate, Explain, Hold},
    AskDate: {Invite},
    Explain: {Hold},
    Hold: {Invite, Confirm, Offer, Answer},
    Confirm: {RecommendBroken, Answer},
    RecommendBroken: {TakeFile},
    Offer: {Accept, Ask, Decline, Offer},
    Ask: {Clarify},
    Clarify: {Accept},
    Decline: {Offer, Answer},
    Accept: ON,
    Refer: {MinistryAccepts, MinistryDeclines},
    MinistryAccepts: {MinistryReturns},
    MinistryDeclines: ON,
    MinistryReturns: ON,
    Recommend: {TakeFile, RefuseFile},
    TakeFile: {Lock, CloseFile},
    RefuseFile: {Drop},
    Drop: ON,
    Lock: {Answer} | ON,
    CloseFile: {Confirm} | ON,
    Repatriate: {Arrive},
    Arrive: {TakeReturnee} | ON,
    TakeReturnee: {Enrol},
    Enrol: {WishAgain, Outcome},
    WishAgain: {Outcome},
    Outcome: ON,
    Mediate: {Return},
    Return: {Answer},
    Answer: {Close},
    Close: {Survey},
    Survey: set(),
}
# Deeds of one and the same service, which need no other to have heard of the first.
TOGETHER = {
    *((File, Triage), (Triage, Identify), (Identify, Offer), (Triage, Offer)),
    *((Identify, Agree), (Agree, Offer)),
    *((Triage, Distribute), (Triage, RequestDocuments), (Distribute, Answer), (Distribute, Close)),
    *((Answer, Close), (WishAgain, Outcome), (Triage, Merge)),
    *((Identify, RequestDocuments), (Agree, RequestDocuments)),
    *((Identify, Distribute), (Agree, Distribute)),
    *((ReceiveDocuments, Distribute), (ReceiveDocuments, Offer)),
    *((Take, Invite), (Invite, Explain), (AskDate, Invite), (Explain, Hold)),
    *((Hold, Offer), (Hold, Answer), (Hold, Confirm), (Confirm, RecommendBroken)),
    (Confirm, Answer),
}


def by_matter(script: Script = THE_YEAR) -> dict[int, Deeds]:
    """Each matter's deeds with the number of their working day."""
    deeds: dict[int, Deeds] = defaultdict(list)
    for number, day in enumerate(script.days):
        for action in day.actions:
            deeds[action.index].append((number, action))
    return deeds


def count(kind: type[Action], script: Script = THE_YEAR) -> int:
    return sum(isinstance(action, kind) for action in script.actions())


def test_a_script_has_every_working_day_of_the_year() -> None:
    days = WorkingCalendar().working_days(date(2024, 1, 1), date(2024, 12, 31))
    assert [day.on for day in THE_YEAR.days] == days


def test_the_same_plan_gives_the_same_script() -> None:
    assert build_script(PLAN) == THE_YEAR


def test_everything_planned_is_filed_on_its_day() -> None:
    filed = {a.index: day.on for day in THE_YEAR.days for a in day.actions if isinstance(a, File)}
    assert filed == {filing.index: filing.filed_on for filing in PLAN.filings}


def test_everything_filed_is_triaged_as_its_category_says_before_the_year_ends() -> None:
    triaged = {a.index: a for a in THE_YEAR.actions() if isinstance(a, Triage)}
    assert len(triaged) == len(PLAN.filings)
    for filing in PLAN.filings:
        decided = triaged[filing.index]
        severity = category(filing.category).severity
        assert (decided.category, decided.severity) == (filing.category, severity)


def test_a_matter_only_does_what_may_follow() -> None:
    for deeds in by_matter().values():
        kinds = [type(action) for _, action in deeds]
        assert kinds[0] is File
        assert all(b in NEXT[a] for a, b in pairwise(kinds))


def test_what_another_service_must_hear_of_first_happens_on_a_later_day() -> None:
    for deeds in by_matter().values():
        for (day, deed), (next_day, next_deed) in pairwise(deeds):
            together = (type(deed), type(next_deed)) in TOGETHER
            assert next_day > day or (together and next_day == day)


def test_an_answered_offer_is_answered_before_its_last_day() -> None:
    for deeds in by_matter().values():
        offers = [day for day, action in deeds if isinstance(action, Offer)]
        for day, action in deeds:
            if isinstance(action, Accept | Decline | Ask | Clarify):
                assert day - max(o for o in offers if o <= day) < OFFER_DAYS


def test_an_offer_left_to_lapse_is_repeated_only_after_its_clock() -> None:
    gaps = [
        b - a
        for deeds in by_matter().values()
        for (a, first), (b, second) in pairwise(deeds)
        if isinstance(first, Offer) and isinstance(second, Offer)
    ]
    assert gaps
    assert min(gaps) > OFFER_DAYS


def test_an_offer_clock_too_short_to_ask_is_refused() -> None:
    with pytest.raises(ValueError, match="offers of 4 working days lapse before"):
        build_script(PLAN, offer_days=4)


@pytest.mark.parametrize("offer_days", [5, 7, 10])
def test_planned_lapses_do_not_depend_on_the_length_of_the_clock(offer_days: int) -> None:
    script = build_script(PLAN.only(9), offer_days=offer_days)
    assert expected(script).offers["lapsed"] == expected(SEPTEMBER).offers["lapsed"]


def test_only_categories_with_a_deputy_are_offered_and_to_that_deputy() -> None:
    for action in THE_YEAR.actions():
        if isinstance(action, Offer):
            assert action.to == category(PLAN.filings[action.index].category).handed_to
    offered = {a.index for a in THE_YEAR.actions() if isinstance(a, Offer)}
    ended_here = {a.index for a in THE_YEAR.actions() if isinstance(a, Merge | Take | Answer)}
    never = [f for f in PLAN.filings if f.index not in offered | ended_here and f.month < 12]
    kept = {"failed_departure", "overcharging", "reintegration", "information"}
    assert {filing.category for filing in never} <= kept
    assert kept.isdisjoint(PLAN.filings[index].category for index in offered)


def test_information_is_answered_and_closed_as_what_it_is() -> None:
    deeds = by_matter()
    asked = [f.index for f in PLAN.filings if f.is_information and f.month < 12]
    assert asked
    for index in asked:
        assert [type(a) for _, a in deeds[index]] == [File, Triage, Distribute, Answer, Close]
        assert deeds[index][-1][1] == Close(index, "information_given")


def test_the_gravest_are_offered_on_the_day_they_come() -> None:
    for index, deeds in by_matter().items():
        is_merged = any(isinstance(action, Merge) for _, action in deeds)
        if category(PLAN.filings[index].category).severity == 4 and not is_merged:
            days = {type(action): day for day, action in reversed(deeds)}
            assert days[File] == days[Triage] == days[Offer]


def test_within_a_day_the_gravest_of_a_kind_come_first() -> None:
    for day in THE_YEAR.days:
        severities = [a.severity for a in day.actions if isinstance(a, Triage)]
        assert severities == sorted(severities, reverse=True)


def test_nobody_is_brought_to_a_mediation_with_who_trafficked_or_beat_them() -> None:
    mediated = {
        PLAN.filings[action.index].category
        for action in THE_YEAR.actions()
        if isinstance(action, Mediate)
    }
    assert mediated.isdisjoint({"trafficking", "physical_abuse", "sexual_abuse", "online_scam"})
    assert {"unpaid_wages", "contract_breach"} <= mediated


def test_a_commitment_is_made_exactly_where_something_was_agreed() -> None:
    for day in THE_YEAR.days:
        for action in day.actions:
            if isinstance(action, Mediate):
                promised = action.outcome in ("agreed", "partly_agreed")
                assert (action.commitment is not None) == promised
                assert action.commitment is None or action.commitment.due_on > day.on


@pytest.mark.parametrize("script", [THE_YEAR, SEPTEMBER])
def test_every_way_an_offer_can_end_occurs_even_in_a_small_demo(script: Script) -> None:
    world = expected(script)
    assert all(world.offers[end] for end in ("accepted", "declined", "lapsed"))
    assert world.asked
    assert world.returned["settled"]
    assert world.returned["not_settled"]


def test_what_the_script_leads_to_adds_up() -> None:
    world = expected(THE_YEAR)
    filed = {key: holder for key, holder in world.holders.items() if key[0] == "complaint"}
    assert world.filed == len(PLAN.filings) == world.closed.total() + len(filed)
    cases = {hop: n for hop, n in world.hops.items() if hop.kind == "protection.case"}
    given = {hop.end: n for hop, n in cases.items()}
    assert sum(given.values()) == count(Offer)
    assert given["accepted"] == count(Accept)
    beyond_complaint = sum(holder != "complaint" for holder in filed.values())
    assert beyond_complaint == count(Accept) - count(Return) > 0


@pytest.mark.parametrize("script", [THE_YEAR, SEPTEMBER])
def test_even_in_a_small_demo_a_journey_goes_through_everybody_to_its_end(script: Script) -> None:
    everything: set[type[Action]] = {MinistryReturns, Lock, Outcome, Close}
    assert any(
        everything <= {type(action) for _, action in deeds} for deeds in by_matter(script).values()
    )
    ministries = {action.ministry for action in script.actions() if isinstance(action, Refer)}
    assert ministries == {"kemlu", "bpjs"}


def test_a_child_of_a_case_ends_before_the_case_is_returned() -> None:
    for deeds in by_matter().values():
        kinds = [type(action) for _, action in deeds]
        if Return in kinds:
            ended = sum(kinds.count(end) for end in (Drop, Lock, CloseFile, Outcome))
            ended += sum(isinstance(a, Arrive) and not a.needs for _, a in deeds)
            assert ended == kinds.count(Recommend) + kinds.count(Repatriate)


def test_most_offers_are_accepted_and_few_lapse() -> None:
    offers = expected(THE_YEAR).offers
    assert offers["accepted"] > 0.8 * offers.total()
    assert 0 < offers["lapsed"] < 0.1 * offers.total()


def test_a_deck_of_replies_holds_every_reply_in_its_share() -> None:
    replies = Habits().replies(seed=7)
    deck = Counter(next(replies) for _ in range(50))
    assert deck == {"accept": 39, "ask": 6, "decline": 3, "lapse": 2}


def test_grounds_of_closing_are_known_to_complaint() -> None:
    assert set(expected(THE_YEAR).closed) <= grounds()


def test_every_deed_that_needs_a_text_has_one() -> None:
    noted = [a for a in THE_YEAR.actions() if isinstance(a, Noted)]
    assert {type(action) for action in noted} == {*get_args(Noted)} - {ReturnWorker}
    assert all(note_of(action) for action in noted if is_written(action))


def is_written(action: Noted) -> bool:
    """Whether it needs a text: of the ends only that by the complainant's own word does."""
    return not isinstance(action, Close) or action.ground == "withdrawn"


def grounds() -> set[str]:
    return set(Law.load(COMPLAINT.parent / "workflow.toml").base.grounds)
