from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import pairwise

import pytest

from services.cli.demo.actions import Action, Close, File, Merge, Offer, Survey, Triage
from services.cli.demo.categories import category
from services.cli.demo.clarifying import (
    Appoint,
    AskDate,
    Clarifying,
    Confirm,
    Explain,
    Hold,
    Invite,
    RecommendBroken,
    Take,
)
from services.cli.demo.data_files import COMPLAINT
from services.cli.demo.giving_on import CloseFile, Lock, Recommend, TakeFile
from services.cli.demo.habits import Habits
from services.cli.demo.plan import build_plan
from services.cli.demo.script import Script, build_script, with_officers
from services.cli.demo.texts import agency_of, text_of
from services.process.calendar import WorkingCalendar
from services.process.law import Law

PLAN = build_plan(information=40)
THE_YEAR = build_script(PLAN)
CLOCKS = Law.load(COMPLAINT.parent / "workflow.toml").base.clocks
Deeds = list[tuple[date, Action]]


def by_matter(script: Script = THE_YEAR) -> dict[int, Deeds]:
    deeds: dict[int, Deeds] = defaultdict(list)
    for day in script.days:
        for action in day.actions:
            deeds[action.index].append((day.on, action))
    return deeds


MATTERS = by_matter()
HEARD = {
    index: deeds for index, deeds in MATTERS.items() if any(isinstance(a, Take) for _, a in deeds)
}


def of_kind(deeds: Deeds, *kinds: type[Action]) -> Deeds:
    return [(on, action) for on, action in deeds if isinstance(action, kinds)]


def test_only_agencies_are_heard_and_the_one_that_the_complaint_names() -> None:
    for index, deeds in HEARD.items():
        filing = PLAN.filings[index]
        named = {action.agency for _, action in deeds if isinstance(action, Invite)}
        assert filing.procedural
        assert named == {agency_of(filing, PLAN.seed)}


def test_an_agency_opens_its_link_before_that_ends() -> None:
    opened = 0
    for deeds in HEARD.values():
        for (invited_on, first), (came_on, then) in pairwise(
            of_kind(deeds, Invite, AskDate, Explain)
        ):
            if isinstance(first, Invite) and isinstance(then, AskDate | Explain):
                opened += 1
                assert came_on - invited_on < timedelta(days=CLOCKS["link"].value)
    assert opened > len(HEARD)


def test_a_session_is_held_on_its_day_and_not_before() -> None:
    for deeds in HEARD.values():
        for (_, invited), (held_on, held) in pairwise(of_kind(deeds, Invite, Hold)):
            if isinstance(invited, Invite) and isinstance(held, Hold):
                assert held_on == invited.meets_on
                assert held.session == invited.session


def test_who_is_absent_has_not_explained_itself() -> None:
    absent = [
        deeds for deeds in HEARD.values() if any(getattr(a, "absent", False) for _, a in deeds)
    ]
    assert absent
    for deeds in absent:
        before = [type(action) for _, action in deeds]
        assert Explain not in before[: before.index(Hold)]


def test_a_second_session_follows_only_a_first_one_that_settled_nothing() -> None:
    for deeds in HEARD.values():
        held = [a for _, a in deeds if isinstance(a, Hold)]
        seconds = [a for _, a in deeds if isinstance(a, Invite) and a.session == 2]
        assert [a.session for a in held] in ([], [1], [1, 2])
        assert not seconds or held[0].outcome == "second"


def test_a_promise_is_due_no_later_than_the_law_has_it() -> None:
    calendar, promised = WorkingCalendar(), Counter[int]()
    for deeds in HEARD.values():
        for held_on, held in of_kind(deeds, Hold):
            if isinstance(held, Hold) and held.commitment is not None:
                promised[held.session] += 1
                due_on = held.commitment.due_on
                assert due_on >= held_on
                limit = CLOCKS[f"commitment_{held.session}"].value
                if held.session == 2:
                    assert len(calendar.working_days(held_on, due_on)) - 1 <= limit
                else:
                    assert due_on - held_on <= timedelta(days=limit)
    assert set(promised) == {1, 2}


def test_a_promise_is_broken_only_when_its_last_day_is_over() -> None:
    for deeds in HEARD.values():
        due = [a.commitment.due_on for _, a in deeds if isinstance(a, Hold) and a.commitment]
        for on, action in deeds:
            if isinstance(action, Confirm) and not action.kept:
                assert on > due[-1]


def test_what_was_broken_and_admitted_in_the_second_session_is_placements() -> None:
    """Of what the year has time for."""
    for deeds in HEARD.values():
        held = [a for _, a in deeds if isinstance(a, Hold) and a.admitted == "admitted"]
        broken = [a for _, a in deeds if isinstance(a, Confirm) and not a.kept]
        recommended = [a for _, a in deeds if isinstance(a, RecommendBroken)]
        assert not recommended or (held and broken and held[0].session == 2)
        if held and broken and deeds[-1][1] != broken[-1]:
            assert recommended


def test_no_matter_is_recommended_by_complaint_and_by_protection() -> None:
    for deeds in MATTERS.values():
        assert len({type(action) for _, action in deeds} & {Recommend, RecommendBroken}) < 2


def test_who_pays_once_a_file_is_open_is_not_locked_and_meets_the_demand() -> None:
    late = [
        [type(action) for _, action in deeds]
        for deeds in HEARD.values()
        if sum(isinstance(action, Confirm) for _, action in deeds) == 2
    ]
    assert late
    assert all(CloseFile in kinds and Lock not in kinds for kinds in late)


def test_only_what_a_deputy_takes_is_given_on_after_a_clarification() -> None:
    given = [i for i, deeds in HEARD.items() if of_kind(deeds, Offer)]
    assert given
    assert all(category(PLAN.filings[index].category).handed_to for index in given)


def test_thirteen_of_twenty_one_settle_a_matter_as_seventy_of_a_hundred_and_thirteen_did() -> None:
    dealt = Habits().ways(seed=7)
    deck = Counter(next(dealt) for _ in range(21))
    settled = sum(deck[way] for way in ("at_once", "kept", "second_kept", "paid_late"))
    assert settled == 13 == round(21 * 70 / 113)


@pytest.mark.parametrize("month", [1, 9, 11])
def test_even_a_demo_of_a_month_has_promises_that_are_kept_and_broken(month: int) -> None:
    script = build_script(PLAN.only(month))
    told = [a for a in script.actions() if isinstance(a, Confirm)]
    assert {a.kept for a in told} == {True, False}
    kinds = {type(action) for action in script.actions()}
    assert {Take, Invite, Explain, Hold, RecommendBroken, TakeFile, Merge, Survey} <= kinds


def test_nobody_is_invited_or_takes_a_matter_on_the_day_agencies_are_registered() -> None:
    for month in (1, 9):
        first = with_officers(build_script(PLAN.only(month))).days[0]
        clarifying = [action for action in first.actions if isinstance(action, Clarifying)]
        assert [type(action) for action in clarifying] == [Appoint, Appoint]


def twins() -> list[tuple[File, File, date]]:
    """The first filing, the one that tells of it again, and the day on which that is found."""
    filed = {a.index: a for a in THE_YEAR.actions() if isinstance(a, File)}
    return [
        (filed[action.into], filed[action.index], day.on)
        for day in THE_YEAR.days
        for action in day.actions
        if isinstance(action, Merge)
    ]


def test_a_merged_complaint_tells_of_the_same_kind_of_matter_by_somebody_else() -> None:
    assert twins()
    for first, twin, _ in twins():
        assert twin.twin_of == first.index
        one, other = PLAN.filings[first.index], PLAN.filings[twin.index]
        assert (one.category, one.country) == (other.category, other.country)
        assert other.filer != "worker"


def test_what_is_merged_into_is_filed_before_and_open_on_that_day() -> None:
    for first, _, found_on in twins():
        deeds = MATTERS[first.index]
        assert of_kind(deeds, File)[0][0] < found_on
        assert all(on > found_on for on, _ in of_kind(deeds, Close, Merge))


def test_a_twin_names_the_same_worker_in_other_words() -> None:
    for first, twin, _ in twins():
        one = text_of(PLAN.filings[first.index], PLAN.seed)
        again = text_of(PLAN.filings[twin.index], PLAN.seed, PLAN.filings[first.index])
        assert (one.worker_name, one.p3mi_name) == (again.worker_name, again.p3mi_name)
        assert one.contact != again.contact
        assert one.narrative != again.narrative


def test_a_twin_is_triaged_before_it_is_merged() -> None:
    for _, twin, _ in twins():
        assert [type(action) for _, action in MATTERS[twin.index]] == [File, Triage, Merge]
