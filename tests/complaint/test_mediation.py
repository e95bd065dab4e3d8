"""A clarification without agreement leads to a mediation by protection, whatever it is about."""

import pytest

from services.chassis.errors import NotAllowed
from services.complaint.status import Stage, stage_of
from services.handover.custody import Custody
from tests.complaint.agency import Hearing, a_promise
from tests.complaint.builders import C1, a_complaint


def about_fees() -> Hearing:
    """Too much was charged: no deputy takes that."""
    return Hearing(a_complaint("overcharging", 2))


def refused(reason: str) -> pytest.RaisesExc[NotAllowed]:
    return pytest.raises(NotAllowed, check=lambda error: error.reason == reason)


def offer(hearing: Hearing) -> Stage:
    hearing.officer("OfferComplaint")
    return stage_of(hearing.complaint, hearing.uow.read(Custody, C1))


def test_what_was_not_agreed_in_the_second_session_goes_to_a_mediation() -> None:
    hearing = about_fees()
    hearing.to_second()
    hearing.hold("HANDED_ON")
    assert offer(hearing) is Stage.OFFERED
    receiver = hearing.uow.read(Custody, C1).offers[-1].receiver
    assert receiver.service == "protection"


def test_what_was_promised_in_the_second_session_and_broken_goes_to_a_mediation() -> None:
    hearing = about_fees()
    hearing.broken()
    assert offer(hearing) is Stage.OFFERED


def test_what_was_given_on_after_the_first_session_goes_to_a_mediation() -> None:
    hearing = about_fees()
    hearing.invite()
    hearing.hold("HANDED_ON")
    assert offer(hearing) is Stage.OFFERED


@pytest.mark.parametrize("outcome", ["SETTLED", "SECOND"])
def test_what_may_still_be_agreed_goes_to_no_mediation(outcome: str) -> None:
    hearing = about_fees()
    hearing.invite()
    hearing.hold(outcome, commitments=[a_promise()] if outcome == "SETTLED" else [])
    with refused("NO_RECEIVER"):
        offer(hearing)


def test_nobody_mediates_before_a_clarification() -> None:
    with refused("NO_RECEIVER"):
        offer(about_fees())


def test_what_is_offered_for_a_mediation_may_be_found_to_be_worse_and_about_nothing_else() -> None:
    hearing = about_fees()
    hearing.invite()
    hearing.hold("HANDED_ON")
    offer(hearing)
    hearing.officer("TriageComplaint", category="overcharging", severity=4)
    assert hearing.complaint.severity == 4
    with refused("OFFER_OPEN"):
        hearing.officer("TriageComplaint", category="failed_departure", severity=4)
