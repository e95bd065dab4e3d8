"""A referral's life, without a database."""

from datetime import timedelta

import pytest
from estafet.exchange.v1.events_pb2 import MinistryReminded, ReferralEnded, ReferralOpened

from services.chassis.errors import NotAllowed
from services.chassis.instants import timestamp
from services.chassis.testing import A_MORNING
from services.exchange.domain import ReferralStatus
from tests.exchange.builders import R1, a_brief, a_referral, a_referred

BY = A_MORNING + timedelta(days=14)
TOLD = {"referral_id": R1, "matter_id": "m1", "ministry": "kemlu"}


def test_an_acceptance_that_stands_opens_the_referral() -> None:
    referral = a_referral("m1", ReferralStatus.PENDING)
    opened = ReferralOpened(**TOLD, answer_by=timestamp(BY))
    assert referral.confirm(A_MORNING, BY) == opened
    assert referral.status is ReferralStatus.OPEN


def test_a_result_ends_it() -> None:
    referral = a_referral("m1")
    assert referral.end("helped") == ReferralEnded(**TOLD, result="helped")
    assert referral.status is ReferralStatus.RETURNED


def test_silence_is_reminded_of_once_and_then_ends_it() -> None:
    referral = a_referral("m1")
    assert not referral.was_reminded
    assert referral.remind(BY) == MinistryReminded(**TOLD, answer_by=timestamp(BY))
    assert referral.was_reminded
    assert not referral.is_silent(0)
    assert referral.is_silent(1)
    assert referral.recall("silent") == ReferralEnded(**TOLD, result="silent")


@pytest.mark.parametrize("status", set(ReferralStatus) - {ReferralStatus.OPEN})
def test_only_an_open_one_is_silent(status: ReferralStatus) -> None:
    assert not a_referral("m1", status).is_silent(0)


def test_one_that_was_pending_never_begins() -> None:
    referral = a_referral("m1", ReferralStatus.PENDING)
    referral.void()
    with pytest.raises(NotAllowed, match="is void"):
        referral.confirm(A_MORNING, BY)


def test_the_newest_offer_says_what_is_asked() -> None:
    known = a_referred("m1")
    newer = a_brief("w2")
    newer.request = "travel_document"
    known.learn(newer)
    referral = known.take_up(R1, 7, "bpjs", A_MORNING)
    assert (referral.request, referral.ministry, referral.offer_no) == (
        "travel_document",
        "bpjs",
        7,
    )
