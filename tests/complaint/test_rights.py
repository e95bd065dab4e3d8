"""Whoever complained is asked before a ministry is, and may ask why."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from estafet.complaint.v1 import service_pb2 as pb

from services.chassis.errors import NotAllowed
from services.chassis.testing import A_MORNING, FakeUnitOfWork
from services.complaint.reasons import reason_of
from services.complaint.status import Words
from services.complaint.workflow import LAW
from services.handover.custody import Party
from services.process.acts import RECOUNTED, Act
from services.process.workflow import MISS
from tests.complaint.builders import (
    C1,
    WHEN_TOLD,
    a_complaint,
    a_custody,
    acts,
    an_office,
    api,
    notices,
)


def say(uow: FakeUnitOfWork, ministry: str, *, given: bool) -> None:
    request = pb.RecordConsentRequest(complaint_id=C1, ministry=ministry, given=given, how="spoken")
    api(uow).RecordConsent(request)
    uow.now += timedelta(minutes=1)


def refer(uow: FakeUnitOfWork, ministry: str = "kemlu") -> None:
    request = pb.ReferComplaintRequest(complaint_id=C1, ministry=ministry, request="help")
    api(uow).ReferComplaint(request)


def referring(uow: FakeUnitOfWork, ministry: str = "kemlu") -> str:
    """Why it is refused; "": it is not."""
    try:
        refer(uow, ministry)
    except NotAllowed as refused:
        return refused.reason
    return ""


def an_unpaid(severity: int = 2) -> FakeUnitOfWork:
    return an_office(a_complaint("unpaid_wages", severity))


def test_nothing_is_referred_without_consent() -> None:
    assert referring(an_unpaid()) == "NO_CONSENT"


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ([("kemlu", True)], ""),
        ([("bpjs", True)], "NO_CONSENT"),
        ([("kemlu", True), ("kemlu", False)], "NO_CONSENT"),
        ([("kemlu", False), ("kemlu", True), ("bpjs", False)], ""),
    ],
)
def test_what_was_said_last_about_a_ministry_counts(
    said: list[tuple[str, bool]], refused: str
) -> None:
    uow = an_unpaid()
    for ministry, given in said:
        say(uow, ministry, given=given)
    assert referring(uow) == refused


def test_danger_to_life_goes_before_consent_and_is_written_down() -> None:
    uow = an_unpaid(severity=4)
    say(uow, "kemlu", given=False)
    refer(uow)
    assert acts(uow)[-1].reason == "danger_to_life"
    assert "UU 27/2022" in acts(uow)[-1].regulation


def test_a_referral_by_consent_names_what_it_was_for() -> None:
    uow = an_unpaid()
    say(uow, "kemlu", given=True)
    refer(uow)
    assert acts(uow)[-1].reason == "help"


def test_whoever_is_accountable_hears_that_somebody_asks_why() -> None:
    uow = an_unpaid()
    told = api(uow).AskWhy(pb.AskWhyRequest(complaint_id=C1, text="Mengapa lama?"))
    (notice,) = notices(uow)
    assert (notice.unit, notice.deed, told.unit) == ("layanan_pengaduan", "question", notice.unit)


@pytest.mark.parametrize(("severity", "at"), WHEN_TOLD)
def test_whoever_is_in_danger_asks_at_any_hour(severity: int, at: datetime) -> None:
    uow = an_unpaid(severity)
    api(uow).AskWhy(pb.AskWhyRequest(complaint_id=C1, text="Mengapa lama?"))
    assert [each.tell_at for each in notices(uow)] == [at]


def test_why_is_asked_of_complaint_when_others_hold_the_matter() -> None:
    custody = a_custody(holder=Party("exchange", "kemlu", "konsuler"))
    uow = an_office(a_complaint("unpaid_wages", 2), custody)
    told = api(uow).AskWhy(pb.AskWhyRequest(complaint_id=C1, text="Mengapa lama?"))
    assert told.unit == "layanan_pengaduan"


def an_act(action: str) -> Act:
    at = A_MORNING
    return Act("a1", C1, action, at, "", "base", "Art 1", "officer:rahasia", due_at=at)


ACTIONS = [*LAW.base.process["complaint"].actions, MISS, RECOUNTED]


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("action", ACTIONS)
def test_every_act_has_plain_words_and_names_nobody(action: str, language: str) -> None:
    reason = reason_of(an_act(action), language)
    assert reason.rule == "Art 1"
    assert reason.text.endswith(".")
    assert "rahasia" not in reason.text


def test_there_are_no_words_for_what_nobody_does() -> None:
    for language in ("id", "en"):
        assert set(Words.of(language).texts["acts"]) == set(ACTIONS)
