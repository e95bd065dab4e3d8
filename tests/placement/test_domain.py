"""Placement's rules."""

from datetime import date

import pytest
from estafet.placement.v1 import events_pb2 as events

from services.chassis.errors import NotAllowed
from services.chassis.testing import A_MORNING
from services.placement.domain.sanction import FileStatus
from services.placement.domain.worker import Person, PlacementStatus, is_nik
from tests.placement.builders import A1, TODAY, a_file, a_lock, a_placement, an_agency

YESTERDAY, TOMORROW = date(2024, 3, 3), date(2024, 3, 5)


def refused(reason: str) -> "pytest.RaisesExc[NotAllowed]":
    return pytest.raises(NotAllowed, check=lambda error: error.reason == reason)


def test_a_locked_agency_says_which_decision_locks_it() -> None:
    with pytest.raises(NotAllowed, match=r"p3mi a1 is locked by decision no\. d1"):
        an_agency(a_lock()).must_be_free("MYS", TODAY)


@pytest.mark.parametrize(
    "lock",
    [
        a_lock("SAU", "ARE"),
        a_lock(expires_on=YESTERDAY),
        a_lock(ended_as="lifted"),
    ],
    ids=["for other countries", "past its last day", "lifted"],
)
def test_an_agency_is_free_where_no_decision_holds(lock: object) -> None:
    an_agency(lock).must_be_free("MYS", TODAY)  # type: ignore[arg-type] # a lock


def test_a_lock_holds_on_its_last_day() -> None:
    with refused("P3MI_LOCKED"):
        an_agency(a_lock("MYS", expires_on=TODAY)).must_be_free("MYS", TODAY)


def test_a_second_lock_holds_when_the_first_has_ended() -> None:
    with refused("P3MI_LOCKED"):
        an_agency(a_lock(ended_as="expired"), a_lock(decision_id="d2")).must_be_free("MYS", TODAY)


def test_a_decision_is_told_with_its_number_article_scope_and_last_day() -> None:
    assert an_agency().lock(a_lock("MYS", expires_on=TOMORROW)) == events.P3miLocked(
        p3mi_id=A1,
        decision_id="d1",
        decision_no="no. d1",
        article="an article (contoh)",
        countries=["MYS"],
        expires_on="2024-03-05",
    )


def test_a_lock_cannot_end_before_it_begins() -> None:
    with refused("DUE_IN_PAST"):
        an_agency().lock(a_lock(expires_on=YESTERDAY))


def test_a_lock_that_was_lifted_does_not_expire() -> None:
    lock = a_lock(expires_on=YESTERDAY, ended_as="lifted")
    assert an_agency(lock).expire("d1", A_MORNING, TODAY) is None


def test_a_lock_does_not_expire_on_its_last_day() -> None:
    agency = an_agency(a_lock(expires_on=TODAY))
    assert agency.expire("d1", A_MORNING, TODAY) is None
    assert agency.expire("d1", A_MORNING, TOMORROW) is not None


@pytest.mark.parametrize(
    ("nik", "good"),
    [
        ("3301010101900001", True),
        ("3301016512900001", True),  # a woman, born on the 25th
        ("3301013201900001", False),  # no such day
        ("3301017201900001", False),
        ("3301010113900001", False),  # no such month
        ("330101010190001", False),
        ("33010101019000012", False),
        ("3301 0101 0190 0001", False),
    ],
)
def test_an_identity_number_has_a_form(nik: str, *, good: bool) -> None:
    assert is_nik(nik) is good


@pytest.mark.parametrize(
    ("nik", "is_taken", "warnings"),
    [
        ("", False, []),
        ("3301010101900001", False, []),
        ("3301010101900001", True, ["NIK_TAKEN"]),
        ("12", True, ["NIK_MALFORMED", "NIK_TAKEN"]),
    ],
)
def test_an_identity_number_is_warned_of(nik: str, warnings: list[str], *, is_taken: bool) -> None:
    assert Person("w1", "Contoh", nik).warnings(is_taken=is_taken) == warnings


def test_a_departure_is_told() -> None:
    placement = a_placement()
    assert placement.depart(TODAY, TODAY) == events.WorkerDeparted(
        placement_id="p1", worker_id="w1", p3mi_id=A1, country="MYS", departed_on="2024-03-04"
    )
    assert placement.status is PlacementStatus.DEPARTED


def test_a_return_is_told() -> None:
    placement = a_placement(PlacementStatus.DEPARTED)
    assert placement.come_back(TOMORROW, TOMORROW).returned_on == "2024-03-05"
    assert placement.status is PlacementStatus.RETURNED


def test_nobody_moves_on_a_day_that_lies_ahead() -> None:
    with refused("DAY_AHEAD"):
        a_placement().depart(TOMORROW, TODAY)


def test_nobody_is_back_before_they_left() -> None:
    with refused("BEFORE_DEPARTURE"):
        a_placement(PlacementStatus.DEPARTED).come_back(YESTERDAY, TODAY)


@pytest.mark.parametrize("status", [FileStatus.OPEN, FileStatus.DECIDED])
def test_only_a_pending_file_becomes_void(status: FileStatus) -> None:
    file = a_file(status)
    file.void()
    assert file.status is status
