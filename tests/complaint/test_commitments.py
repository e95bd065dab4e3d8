"""What an agency has promised: by when, whether it was kept, and what follows if it was not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, timedelta
from typing import Any

import pytest
from estafet.complaint.v1 import service_pb2 as pb
from estafet.handover.v1.custody_pb2 import HandoverOffered
from estafet.placement.v1.briefs_pb2 import SanctionBrief
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.errors import NotAllowed, NotFound
from services.chassis.identity import Caller
from services.chassis.testing import A_MORNING
from services.complaint import steps
from services.complaint.api_sanction import must_concern
from services.complaint.clarification import Commitment, Kept
from services.complaint.domain import Progress
from services.complaint.workflow import LAW
from services.handover.custody import Custody
from services.process.acts import Act, Allowed
from services.process.calendars import CALENDARS
from services.process.notices import Notice
from tests.complaint.agency import Hearing, a_promise
from tests.complaint.builders import C1, K1, a_clarification, acts, api


def refused(reason: str) -> pytest.RaisesExc[NotAllowed]:
    return pytest.raises(NotAllowed, check=lambda error: error.reason == reason)


def invited() -> Hearing:
    hearing = Hearing()
    hearing.invite()
    return hearing


def last(hearing: Hearing) -> Act:
    return acts(hearing.uow)[-1]


# What was promised


def test_after_the_second_session_a_promise_of_more_than_seven_working_days_is_refused() -> None:
    hearing = Hearing()
    hearing.to_second()
    with pytest.raises(NotAllowed, match=r"until 2024-03-15 .*Art 18\(3\)") as late:
        hearing.hold(commitments=[a_promise(days=12)])
    assert late.value.reason == "COMMITMENT_TOO_LATE"


def test_the_last_of_the_seven_days_is_taken() -> None:
    """Monday 4 March, and Nyepi with its leave on 11 and 12 March."""
    hearing = Hearing()
    hearing.to_second()
    hearing.hold(commitments=[a_promise(days=11)])
    assert hearing.found.commitments[0].due_on == date(2024, 3, 15)


def test_under_the_draft_the_seven_days_are_those_of_the_calendar() -> None:
    clocks = LAW.under("seven_calendar_days").workflow.clocks
    assert clocks["commitment_2"].due_at(A_MORNING) == A_MORNING + timedelta(days=7)


@given(st.integers(0, 60), st.sampled_from([1, 2]))
def test_a_promise_is_taken_until_the_clock_of_its_session_ends(days: int, session: int) -> None:
    due_on, clock = A_MORNING.date() + timedelta(days=days), f"commitment_{session}"
    promise = Commitment("p1", K1, "n1", "p3mi", due_on)
    found = a_clarification(session=session, held_at=A_MORNING)
    act = Act("a1", C1, "HoldClarification", A_MORNING, "", "base", "", "o")
    taken = due_on <= LAW.base.clocks[clock].due_at(A_MORNING).date()
    try:
        found.promise([promise], Allowed(LAW.base, act, CALENDARS.of()))
    except NotAllowed:
        assert not taken
    else:
        assert taken


def test_a_promise_runs_by_the_clock_of_its_session() -> None:
    hearing = Hearing()
    hearing.to_second()
    answer = hearing.hold(commitments=[a_promise()])
    assert (hearing.complaint.clock, last(hearing).clock) == ("commitment_2", "commitment_2")
    assert answer.due_at.ToDatetime().date() == date(2024, 3, 15)


def test_when_all_is_kept_the_demand_is_met() -> None:
    hearing = invited()
    hearing.hold(commitments=[a_promise()])
    hearing.confirm("KEPT")
    hearing.officer("AnswerComplaint", text="Sudah dibayar.")
    hearing.officer("CloseComplaint", ground="demand_met")
    assert hearing.complaint.ground == "demand_met"


@pytest.mark.parametrize("state", ["", "BROKEN"], ids=["open", "broken"])
def test_as_long_as_a_promise_is_not_kept_the_demand_is_not_met(state: str) -> None:
    hearing = invited()
    hearing.hold(commitments=[a_promise()])
    hearing.officer("AnswerComplaint", text="Dijanjikan.")
    if state:
        hearing.uow.now += timedelta(days=5)
        hearing.confirm(state)
    with refused("COMMITMENT_OPEN"):
        hearing.officer("CloseComplaint", ground="demand_met")


@pytest.mark.parametrize(
    ("progress", "result", "is_met"),
    [
        (Progress.MEDIATION_HELD, "settled", True),
        (Progress.MEDIATION_HELD, "not_settled", False),
        (Progress.CASE_OPENED, "settled", False),
    ],
)
def test_a_mediation_that_settles_it_meets_the_demand_though_a_promise_was_broken(
    progress: Progress, result: str, is_met: bool
) -> None:
    hearing = Hearing()
    hearing.broken(admitted=pb.ADMISSION_DENIED)
    hearing.officer("AnswerComplaint", text="Dimediasi.")
    hearing.complaint.show(progress)
    hearing.complaint.come_back(result)
    asked = {"ground": "demand_met"}
    if is_met:
        hearing.officer("CloseComplaint", **asked)
    else:
        with refused("COMMITMENT_OPEN"):
            hearing.officer("CloseComplaint", **asked)
    assert (hearing.complaint.ground == "demand_met") is is_met


def test_a_complaint_may_be_withdrawn_whatever_was_promised() -> None:
    hearing = invited()
    hearing.hold(commitments=[a_promise()])
    hearing.officer("CloseComplaint", ground="withdrawn", text="(contoh)")
    assert hearing.complaint.ground == "withdrawn"


def test_nothing_is_broken_before_its_day_is_over() -> None:
    hearing = invited()
    hearing.hold(commitments=[a_promise(days=0)])
    with refused("NOT_DUE"):
        hearing.confirm("BROKEN")


def test_what_was_broken_may_be_kept_late() -> None:
    hearing = Hearing()
    hearing.broken()
    assert hearing.confirm("KEPT").broken == 0


def test_what_was_kept_stays_kept() -> None:
    hearing = invited()
    hearing.hold(commitments=[a_promise(days=0)])
    hearing.confirm("KEPT")
    hearing.uow.now += timedelta(days=2)
    with refused("COMMITMENT_KEPT"):
        hearing.confirm("BROKEN")


def test_a_commitment_that_nobody_made_is_not_found() -> None:
    hearing = invited()
    hearing.hold(commitments=[a_promise()])
    state = pb.COMMITMENT_STATE_KEPT
    with pytest.raises(NotFound):
        hearing.officer("ConfirmCommitment", commitment_id="another", state=state)


def test_the_clock_goes_on_until_every_promise_is_confirmed() -> None:
    hearing = invited()
    hearing.hold(commitments=[a_promise(), a_promise(what="Mengembalikan paspor")])
    hearing.confirm("KEPT")
    before = hearing.complaint.clock
    hearing.confirm("KEPT", place=1)
    assert (before, hearing.complaint.clock) == ("commitment_1", "follow_up")


def test_the_ledger_shows_what_was_promised_and_whether_it_was_kept() -> None:
    hearing = invited()
    hearing.hold(commitments=[a_promise()])
    hearing.confirm("KEPT")
    (line,) = hearing.officer("GetClarification", purpose="a test").commitments
    assert (line.what, line.amount_rupiah, line.state, line.by) == (
        "Membayar gaji",
        9_000_000,
        pb.COMMITMENT_STATE_KEPT,
        pb.PARTY_ROLE_P3MI,
    )


# The sanction


def recommended(hearing: Hearing, **fields: Any) -> pb.RecommendSanctionResponse:
    told = {"violation": "broken_commitment", "text": "Tidak dibayar."}
    answer: pb.RecommendSanctionResponse = hearing.officer("RecommendSanction", **(told | fields))
    return answer


def test_broken_and_admitted_goes_to_placement_without_a_mediation() -> None:
    hearing = Hearing()
    hearing.broken(admitted=pb.ADMISSION_ADMITTED)
    answer = recommended(hearing, p3mi_id="r1")
    offered, brief = hearing.uow.emitted[-1], SanctionBrief()
    assert isinstance(offered, HandoverOffered)
    offered.brief.Unpack(brief)
    assert (offered.matter_id, offered.receiver.service) == (answer.matter_id, "placement")
    assert brief == SanctionBrief(
        p3mi_id="r1",
        violation="broken_commitment",
        article="Permen P2MI/Perban 23/2025 Art 18(4)",
        note_id=brief.note_id,
    )
    assert hearing.uow.notes[brief.note_id].text == "Tidak dibayar."


def test_placement_answers_by_the_ministrys_calendar_whoever_recommends() -> None:
    hearing = Hearing()
    custody = hearing.uow.read(Custody, C1)
    custody.holder = replace(custody.holder, unit="bp3mi_bali")
    hearing.broken(admitted=pb.ADMISSION_ADMITTED)
    due_at = recommended(hearing, p3mi_id="r1").due_at.ToDatetime(UTC)
    assert due_at == LAW.base.clocks["sanction_offer"].due_at(hearing.uow.now)


def test_the_complaint_waits_for_its_sanction() -> None:
    hearing = Hearing()
    hearing.broken(admitted=pb.ADMISSION_ADMITTED)
    answer = recommended(hearing, p3mi_id="r1")
    assert hearing.uow.read(Custody, C1).children == (answer.matter_id,)
    with refused("CHILD_OPEN"):
        hearing.officer("CloseComplaint", ground="withdrawn", text="(contoh)")


@pytest.mark.parametrize("admitted", [pb.ADMISSION_DENIED, pb.ADMISSION_UNSPECIFIED])
def test_broken_and_not_admitted_is_refused_by_the_article_and_goes_to_mediation(
    admitted: pb.Admission.ValueType,
) -> None:
    hearing = Hearing()
    hearing.broken(admitted=admitted)
    with pytest.raises(NotAllowed, match=r"Art 18\(4\)") as not_admitted:
        recommended(hearing, p3mi_id="r1")
    assert not_admitted.value.reason == "NOT_ADMITTED"
    hearing.officer("OfferComplaint")
    offer = hearing.uow.read(Custody, C1).open_offer
    assert offer is not None
    assert offer.receiver.service == "protection"


def test_admitted_and_not_broken_is_refused() -> None:
    hearing = Hearing()
    hearing.to_second()
    hearing.hold(commitments=[a_promise()], admitted=pb.ADMISSION_ADMITTED)
    with refused("NOT_BROKEN"):
        recommended(hearing, p3mi_id="r1")


def test_an_agency_that_the_register_does_not_know_is_not_sanctioned() -> None:
    hearing = Hearing()
    hearing.broken(admitted=pb.ADMISSION_ADMITTED)
    with refused("P3MI_UNKNOWN"):
        recommended(hearing)


def test_an_agency_that_the_invitation_named_need_not_be_named_again() -> None:
    hearing = Hearing()
    hearing.broken(admitted=pb.ADMISSION_ADMITTED)
    hearing.found.p3mi_id = "r7"
    recommended(hearing)
    assert hearing.uow.emitted[-1].kind == "placement.sanction"  # type: ignore[attr-defined]


def test_a_promise_broken_after_the_first_session_is_no_ground_for_a_sanction() -> None:
    hearing = invited()
    hearing.hold(commitments=[a_promise()], admitted=pb.ADMISSION_ADMITTED)
    hearing.uow.now += timedelta(days=5)
    hearing.confirm("BROKEN")
    with pytest.raises(NotAllowed, match=r"in the second clarification.*Art 18\(4\)"):
        recommended(hearing, p3mi_id="r1")


def test_placement_reads_why_a_sanction_was_recommended_and_no_other_text() -> None:
    hearing = Hearing()
    hearing.broken(admitted=pb.ADMISSION_ADMITTED)
    matter_id = recommended(hearing, p3mi_id="r1").matter_id
    hearing.uow.caller = Caller("o", frozenset({"placement_officer"}), "placement", "kp2mi")
    must_concern(hearing.uow, matter_id)
    request = pb.GetNoteRequest(complaint_id=C1, note_id=matter_id, purpose="a test")
    with pytest.raises(NotFound):
        api(hearing.uow).GetNote(request)


def test_what_is_only_promised_is_counted_as_open() -> None:
    hearing = invited()
    hearing.hold(commitments=[a_promise(), a_promise()])
    assert hearing.found.count(Kept.OPEN) == 2


# The clock


def passed(hearing: Hearing, days: int) -> list[Notice]:
    """What the officer has heard of the clock so many days later."""
    hearing.uow.now += timedelta(days=days)
    steps.take_steps_of(hearing.uow, hearing.complaint, hearing.uow.read(Custody, C1))
    return [each for each in hearing.uow._things.values() if isinstance(each, Notice)]


def test_an_officer_hears_that_nobody_has_confirmed_a_promise() -> None:
    hearing = Hearing()
    hearing.to_second()
    hearing.hold(commitments=[a_promise()])
    told = passed(hearing, days=12)
    assert [(each.clock, each.deed) for each in told] == [
        ("commitment_2", "remind"),
        ("commitment_2", "warn"),
        ("commitment_2", "miss"),
    ]
    assert (last(hearing).action, last(hearing).actor) == ("miss", "clock")


def test_an_officer_hears_that_an_agency_is_silent() -> None:
    hearing = invited()
    assert {each.clock for each in passed(hearing, days=12)} == {"clarification_1"}
    assert last(hearing).action == "miss"


def test_nobody_hears_of_a_promise_that_was_kept_in_time() -> None:
    hearing = Hearing()
    hearing.to_second()
    hearing.hold(commitments=[a_promise()])
    hearing.confirm("KEPT")
    assert {each.clock for each in passed(hearing, days=12)} == {"follow_up"}
