"""The rules of a case, without anything around it."""

from datetime import date
from itertools import permutations

import pytest
from estafet.common.v1.party_pb2 import Money
from estafet.protection.v1.events_pb2 import CaseOpened, CommitmentPromised, MediationHeld

from services.chassis.errors import NotAllowed
from services.chassis.testing import A_MORNING
from services.protection.domain.case import Case, CaseStatus, Commitment, KnownMatter, Outcome
from tests.protection.builders import K1, M1, a_brief, a_case, a_known_matter

HELD_ON = date(2024, 3, 4)
DUE_ON = date(2024, 3, 11)


def refused(reason: str) -> "pytest.RaisesExc[NotAllowed]":
    return pytest.raises(NotAllowed, check=lambda error: error.reason == reason)


def a_promise(due_on: date = DUE_ON) -> Commitment:
    return Commitment("p1", K1, due_on, 4_500_000, "IDR")


@pytest.mark.parametrize("order", list(permutations([2, 3, 4])))
def test_the_newest_triage_wins_in_whatever_order_the_topics_are_read(
    order: tuple[int, ...],
) -> None:
    severity_of = {2: 2, 3: 4, 4: 3}
    known = KnownMatter(M1)
    for triage_no in order:
        if triage_no == 3:
            known.offered(a_brief(severity_of[triage_no], triage_no))
        else:
            known.learn("unpaid_wages", severity_of[triage_no], triage_no)
    assert (known.severity, known.country) == (3, "MYS")


def test_a_case_waits_until_the_giver_has_confirmed_it() -> None:
    known = a_known_matter()
    case = known.take_up(K1, A_MORNING)
    assert (case.status, case.severity, known.case_id) == (CaseStatus.PENDING, 2, K1)


def test_a_confirmed_case_is_told() -> None:
    opened = a_case(CaseStatus.PENDING).confirm(A_MORNING)
    assert opened == CaseOpened(case_id=K1, matter_id=M1, category="unpaid_wages", severity=2)


def test_a_case_is_confirmed_once() -> None:
    assert a_case().confirm(A_MORNING) is None


def test_a_void_case_never_begins() -> None:
    case = a_case(CaseStatus.PENDING)
    case.void()
    with refused("CASE_NOT_PENDING"):
        case.confirm(A_MORNING)


def test_an_open_case_does_not_become_void() -> None:
    case = a_case()
    case.void()
    assert case.status is CaseStatus.OPEN


def mediate(case: Case, outcome: Outcome, promised: Commitment | None = None) -> list[object]:
    return list(case.hold_mediation(outcome, HELD_ON, promised))


def test_a_mediation_tells_its_outcome() -> None:
    assert mediate(a_case(), Outcome.NOT_AGREED) == [
        MediationHeld(case_id=K1, matter_id=M1, outcome="not_agreed")
    ]


def test_what_was_promised_is_told_with_its_date() -> None:
    assert mediate(a_case(), Outcome.AGREED, a_promise())[1] == CommitmentPromised(
        case_id=K1,
        matter_id=M1,
        commitment_id="p1",
        amount=Money(amount=4_500_000, currency="IDR"),
        due_on="2024-03-11",
    )


def test_a_promise_need_not_be_money() -> None:
    told = mediate(a_case(), Outcome.AGREED, Commitment("p1", K1, DUE_ON))[1]
    assert isinstance(told, CommitmentPromised)
    assert not told.HasField("amount")


@pytest.mark.parametrize("outcome", [Outcome.NOT_AGREED, Outcome.ABSENT])
def test_nothing_is_promised_without_an_agreement(outcome: Outcome) -> None:
    with refused("NOTHING_AGREED"):
        mediate(a_case(), outcome, a_promise())


def test_a_promise_is_not_due_before_it_was_given() -> None:
    with refused("DUE_IN_PAST"):
        mediate(a_case(), Outcome.AGREED, a_promise(date(2024, 3, 3)))


@pytest.mark.parametrize(
    ("status", "severity"),
    [(CaseStatus.OPEN, 4), (CaseStatus.PENDING, 4), (CaseStatus.RETURNED, 2)],
)
def test_a_case_follows_the_severity_while_there_is_work(status: CaseStatus, severity: int) -> None:
    case = a_case(status)
    case.follow(a_known_matter(severity=4))
    assert case.severity == severity
