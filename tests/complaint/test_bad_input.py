"""What is refused is refused by a sentence that names the rule, and nothing is half done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from estafet.complaint.v1 import service_pb2 as pb

from services.chassis import catalogue
from services.chassis.errors import EstafetError, NotAllowed
from services.chassis.permission import by_role
from services.chassis.testing import A_MORNING, FakeUnitOfWork, a_caller
from services.complaint.workflow import LAW
from services.process.calendars import CalendarsError
from services.process.entries import UNVERIFIED
from services.process.law import WorkflowError
from tests.complaint.agency import Hearing
from tests.complaint.builders import C1, a_complaint, a_withdrawal, an_office, api
from tests.complaint.test_table import PROCESS, REQUESTS, an_office_in
from tests.process.decrees import a_decree, calendars
from tests.process.laws import ART, SMALL, a_law

LEAVE = date(2026, 3, 24)
REFUSALS = (EstafetError, WorkflowError, CalendarsError)
LINK_RULE = LAW.base.clocks["link"].regulation


@dataclass
class Attempt:
    """Something that is refused, and what it might have changed."""

    do: Callable[[], object]
    uow: FakeUnitOfWork


def a_file(folder: Path, old: str, new: str) -> Attempt:
    """A workflow.toml with a fault."""
    assert old in SMALL
    return Attempt(lambda: a_law(folder, SMALL.replace(old, new, 1)), FakeUnitOfWork())


def dead_end(folder: Path) -> Attempt:
    return a_file(folder, "final = true", "final = false")


def unknown_article(folder: Path) -> Attempt:
    return a_file(folder, ART, "Perban BP2MI 6/2024 Art 99")


def two_clocks(folder: Path) -> Attempt:
    return a_file(folder, "[grounds.silent]", "[clocks.reply]\nvalue = 3\n[grounds.silent]")


def wrong_role(_folder: Path) -> Attempt:
    permission = catalogue.permission(catalogue.methods("complaint")["CloseComplaint"])
    assert permission is not None
    request = a_withdrawal()
    caller = a_caller("somebody", "case_officer")
    return Attempt(lambda: by_role(permission, "CloseComplaint", caller, request), FakeUnitOfWork())


def answered_twice() -> FakeUnitOfWork:
    uow = an_office(a_complaint("unpaid_wages", 2))
    for _ in range(2):
        api(uow).AnswerComplaint(pb.AnswerComplaintRequest(complaint_id=C1, text="jawaban"))
    return uow


def stale_version(_folder: Path) -> Attempt:
    uow = answered_twice()
    request = pb.CloseComplaintRequest(complaint_id=C1, ground="demand_met", version=1)
    return Attempt(lambda: api(uow).CloseComplaint(request), uow)


def after_closing(_folder: Path) -> Attempt:
    uow = answered_twice()
    api(uow).CloseComplaint(a_withdrawal())
    return Attempt(lambda: api(uow).OfferComplaint(pb.OfferComplaintRequest(complaint_id=C1)), uow)


def decree_that_changes_a_clock_twice(folder: Path) -> Attempt:
    decree = a_decree(adds=[LEAVE], takes_away=[LEAVE])
    return Attempt(lambda: calendars(folder, decree), FakeUnitOfWork())


def calendar_without_the_year(_folder: Path) -> Attempt:
    uow = an_office(a_complaint("unpaid_wages", 2))
    uow.now = A_MORNING.replace(year=2031)
    return Attempt(lambda: api(uow).OfferComplaint(pb.OfferComplaintRequest(complaint_id=C1)), uow)


def link_used_twice(_folder: Path) -> Attempt:
    hearing = Hearing()
    hearing.invite()
    hearing.open()
    return Attempt(hearing.open, hearing.uow)


def link_after_its_end(_folder: Path) -> Attempt:
    hearing = Hearing()
    hearing.invite()
    hearing.uow.now += timedelta(days=7, seconds=1)
    return Attempt(hearing.open, hearing.uow)


# By what was tried, what the sentence says of it: the thing, and the rule.
TOLD: Mapping[Callable[[Path], Attempt], tuple[str, ...]] = {
    dead_end: ("workflow.toml: ", "state ended of matter has no exit"),
    unknown_article: ("clock reply: Perban BP2MI 6/2024 Art 99 is no article of regulations.toml",),
    two_clocks: ("workflow.toml: ", "Cannot declare ('clocks', 'reply') twice"),
    wrong_role: ("case_officer may not call CloseComplaint: it is for complaint_officer",),
    stale_version: (
        "a command is done on the version that its caller has seen",
        "at version 2, not 1 any more; last AnswerComplaint by officer-1",
    ),
    after_closing: (
        f"complaint {C1} is closed: OfferComplaint is for what is triaged",
        f"({PROCESS.actions['OfferComplaint'].regulation}); last CloseComplaint by officer-1",
    ),
    decree_that_changes_a_clock_twice: (
        "calendars.toml: decree SKB (contoh) 1: adds and takes away 2026-03-24",
    ),
    calendar_without_the_year: (
        "no holiday data for 2031 by the calendar of kp2mi",
        "its joint decree to calendars.toml",
    ),
    link_used_twice: ("a link opens once", LINK_RULE),
    link_after_its_end: ("could be opened by this link until 2024-03-11 03:00 UTC", LINK_RULE),
}


def kept(uow: FakeUnitOfWork) -> object:
    """All that there is, as it is now."""
    things = {place: repr(thing) for place, thing in uow._things.items()}
    return things, list(uow.outbox), dict(uow.timers), dict(uow.notes), dict(uow.heads)


@pytest.mark.parametrize("tried", TOLD, ids=lambda each: each.__name__)
def test_bad_input_is_refused_by_its_rule_and_changes_nothing(
    tried: Callable[[Path], Attempt], tmp_path: Path
) -> None:
    attempt = tried(tmp_path)
    before = kept(attempt.uow)
    with pytest.raises(REFUSALS) as refused, attempt.uow.transaction():
        attempt.do()
    missing = [part for part in TOLD[tried] if part not in str(refused.value)]
    assert missing == [], str(refused.value)
    assert kept(attempt.uow) == before


NOT_WHEN_CLOSED = [
    name
    for name, action in PROCESS.actions.items()
    if name in REQUESTS and "closed" not in action.moves
]


@pytest.mark.parametrize("action", NOT_WHEN_CLOSED)
def test_whoever_comes_after_the_end_is_told_the_rule_and_who_ended_it(action: str) -> None:
    uow, _ = an_office_in("triaged", action)
    api(uow).CloseComplaint(a_withdrawal())
    before = kept(uow)
    with pytest.raises(NotAllowed) as refused, uow.transaction():
        getattr(api(uow), action)(REQUESTS[action]())
    told = str(refused.value)
    assert told.startswith(f"complaint {C1} is closed: {action} is for what is ")
    assert told.endswith("; last CloseComplaint by officer-1, 2024-03-04 03:00 UTC")
    assert f"({PROCESS.actions[action].regulation})" in told
    assert kept(uow) == before


def test_a_rule_that_no_article_gives_says_so() -> None:
    assert UNVERIFIED in LINK_RULE
