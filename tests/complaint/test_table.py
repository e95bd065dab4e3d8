"""What workflow.toml allows is done and written down, nothing else: each rpc in each situation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, timedelta
from itertools import product
from typing import Any

import pytest
from estafet.complaint.v1 import service_pb2 as pb
from estafet.handover.v1.custody_pb2 import HandoverReturned
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis.catalogue import CUSTODY_TOPIC
from services.chassis.errors import NotAllowed
from services.chassis.testing import A_MORNING, FakeUnitOfWork, Head, worker_factory
from services.complaint import steps
from services.complaint.clarification import Clarification
from services.complaint.consent import Consent
from services.complaint.contact import plan_of
from services.complaint.domain import Complaint, Particulars, Work
from services.complaint.officers import Officer
from services.complaint.reactions import ComplaintCustody
from services.complaint.sanction import RecommendedSanction
from services.complaint.status import Stage, stage_of
from services.complaint.workflow import HEARD, LAW
from services.handover.custody import Custody, OfferState
from services.messages import outbox
from services.process.calendars import CALENDARS
from services.process.notices import Notice
from tests.complaint.builders import (
    C1,
    C2,
    PROTECTION,
    a_clarification_in,
    a_complaint,
    a_custody,
    a_filing,
    a_plan,
    a_withdrawal,
    acts,
    an_offer,
    an_office,
    api,
    situations,
    the_minutes,
)

PROCESS = LAW.base.process["complaint"]
ABOUT: dict[str, Any] = {"complaint_id": C1}
S1 = "s1"
OF_SANCTIONS = ("ClarifySanction", "DropSanction")


def at(**later: int) -> Timestamp:
    """An instant after the tests' morning."""
    made = Timestamp()
    made.FromDatetime(A_MORNING + timedelta(**later))
    return made


REQUESTS: dict[str, Callable[[], Message]] = {
    "RequestDocuments": lambda: pb.RequestDocumentsRequest(
        **ABOUT, documents=["contract"], text="Mohon kirim kontrak."
    ),
    "ReceiveDocuments": lambda: pb.ReceiveDocumentsRequest(**ABOUT),
    "DistributeComplaint": lambda: pb.DistributeComplaintRequest(
        **ABOUT, service=pb.SERVICE_CONSULTATION
    ),
    "MergeComplaint": lambda: pb.MergeComplaintRequest(**ABOUT, into_id=C2),
    "SeparateComplaint": lambda: pb.SeparateComplaintRequest(**ABOUT),
    "AnswerSurvey": lambda: pb.AnswerSurveyRequest(**ABOUT, score=4, solved=True, text="Baik."),
    "RecordConsent": lambda: pb.RecordConsentRequest(
        **ABOUT, ministry="bpjs", given=True, how="spoken"
    ),
    "SetContactPlan": lambda: pb.SetContactPlanRequest(**ABOUT, plan=a_plan()),
    "DoubtContactPlan": lambda: pb.DoubtContactPlanRequest(**ABOUT, why="no_answer"),
    "AskWhy": lambda: pb.AskWhyRequest(**ABOUT, text="Mengapa?"),
    "TakeComplaint": lambda: pb.TakeComplaintRequest(**ABOUT),
    "AssignComplaint": lambda: pb.AssignComplaintRequest(**ABOUT, unit="layanan_pengaduan"),
    "InviteP3mi": lambda: pb.InviteP3miRequest(
        **ABOUT, meets_at=at(days=7), place="online", asked="Mengapa gaji belum dibayar?"
    ),
    "RenewInvitation": lambda: pb.RenewInvitationRequest(**ABOUT),
    "HoldClarification": lambda: pb.HoldClarificationRequest(
        **ABOUT,
        held_at=at(),
        place="Jakarta",
        asked="Mengapa?",
        outcome=pb.CLARIFICATION_OUTCOME_HANDED_ON,
        parties=[pb.Attendee(role=pb.PARTY_ROLE_OFFICER, name="Petugas Contoh")],
    ),
    "ConfirmCommitment": lambda: pb.ConfirmCommitmentRequest(
        **ABOUT, commitment_id="p1", state=pb.COMMITMENT_STATE_KEPT
    ),
    "RecommendSanction": lambda: pb.RecommendSanctionRequest(
        **ABOUT, violation="broken_commitment", text="Tidak dibayar."
    ),
    "ClarifySanction": lambda: pb.ClarifySanctionRequest(**ABOUT, text="Terlampir."),
    "DropSanction": lambda: pb.DropSanctionRequest(**ABOUT, text="Sudah dibayar."),
    "TriageComplaint": lambda: pb.TriageComplaintRequest(**ABOUT, category="sick", severity=3),
    "OfferComplaint": lambda: pb.OfferComplaintRequest(**ABOUT),
    "ReferComplaint": lambda: pb.ReferComplaintRequest(**ABOUT, ministry="kemlu", request="help"),
    "WithdrawOffer": lambda: pb.WithdrawOfferRequest(**ABOUT),
    "ClarifyOffer": lambda: pb.ClarifyOfferRequest(**ABOUT, text="In Penang (contoh)."),
    "ExtendOffer": lambda: pb.ExtendOfferRequest(**ABOUT, reason="papers_abroad"),
    "ExtendClock": lambda: pb.ExtendClockRequest(**ABOUT, reason="papers_abroad"),
    "AnswerComplaint": lambda: pb.AnswerComplaintRequest(**ABOUT, text="We have written."),
    "LinkPerson": lambda: pb.LinkPersonRequest(**ABOUT, worker_id="w1"),
    "UnlinkPerson": lambda: pb.UnlinkPersonRequest(**ABOUT),
    "CloseComplaint": a_withdrawal,
    "ReopenComplaint": lambda: pb.ReopenComplaintRequest(**ABOUT, code="not_agreed"),
}


def an_office_in(situation: str, action: str) -> tuple[FakeUnitOfWork, Stage]:
    """A complaint in a situation, about somebody known where the action takes that back."""
    complaint, custody, stage = situations()[situation]
    custody.closed_at = complaint.closed_at
    complaint.worker_id = "w1" if action == "UnlinkPerson" else ""
    uow = an_office(complaint, custody)
    uow.add(a_complaint("unpaid_wages", 2, complaint_id=C2))
    uow.add(Consent("n1", C1, "kemlu", given=True, how="spoken", said_at=A_MORNING))
    if action == "DoubtContactPlan":
        outbox.keep_plan(uow, C1, plan_of(a_plan()), C1)
        complaint.has_plan = True
    uow.add(Officer(uow.caller.subject, "layanan_pengaduan", A_MORNING))
    uow.add(Particulars(C1, "ADU-1", b"", "Gaji belum dibayar.", p3mi_name="PT Contoh Fiktif"))
    if (found := a_clarification_in(situation)) is not None:
        uow.add(found)
        if found.held_at is not None:
            uow.add(the_minutes(found))
    if action == "ExtendClock":
        complaint.start_clock(LAW.base.clocks["claim"], uow.now, CALENDARS.of())
    if action in OF_SANCTIONS:
        recommend(uow, complaint, asked=action == "ClarifySanction")
    return uow, stage


def recommend(uow: FakeUnitOfWork, complaint: Complaint, *, asked: bool) -> None:
    """A sanction that was recommended: placement has asked, or has declined."""
    complaint.sanction_id = S1
    uow.add(RecommendedSanction(S1, C1, "r1", "broken_commitment", "n1"))
    state = OfferState.ASKED if asked else OfferState.DECLINED
    custody = a_custody(an_offer(state, answer_by=A_MORNING), matter_id=S1)
    uow.add(custody)
    uow.heads[CUSTODY_TOPIC, S1] = Head(custody.custody_no)


def needs(action: str, uow: FakeUnitOfWork) -> bool:
    """Whether what the table's guards ask is so, said once more and apart from them."""
    complaint, offer = uow.read(Complaint, C1), uow.read(Custody, C1).open_offer
    is_asked = offer is not None and offer.state is OfferState.ASKED
    asked = {"ClarifyOffer": is_asked, "ExtendOffer": not is_asked}
    found = uow.find(Clarification, complaint.clarification_id)
    heard = found is not None and found.held_at is not None
    if action == "DistributeComplaint":
        return complaint.work is not Work.CONSULTATION
    if action == "AnswerSurvey":
        return not complaint.merged_into
    if action == "InviteP3mi":
        return not (heard and complaint.work is Work.CLARIFICATION_2)
    if action in ("RenewInvitation", "HoldClarification"):
        return not heard
    if action in ("ConfirmCommitment", "RecommendSanction"):
        return found is not None and bool(found.commitments)
    return {"OfferComplaint": complaint.category != "", **asked}.get(action, True)


@pytest.mark.parametrize(("action", "situation"), list(product(REQUESTS, situations())))
def test_an_rpc_does_what_the_table_allows(action: str, situation: str) -> None:
    uow, stage = an_office_in(situation, action)
    moves = PROCESS.actions[action].moves
    allowed = stage in moves and needs(action, uow)
    if not allowed:
        with pytest.raises(NotAllowed), uow.transaction():
            getattr(api(uow), action)(REQUESTS[action]())
        assert acts(uow) == []
        return
    getattr(api(uow), action)(REQUESTS[action]())
    act, *late = acts(uow)
    assert (act.action, act.state, act.actor) == (action, stage, uow.caller.subject)
    assert late == []
    assert act.version == "base"
    assert act.regulation
    assert stage_of(uow.read(Complaint, C1), uow.read(Custody, C1)) in moves[stage]


def test_every_action_of_people_is_tried_here() -> None:
    of_people = {action.name for action in PROCESS.actions.values() if action.roles}
    # What a gateway brings names no complaint: tests/complaint/test_contact.py.
    assert of_people == {*REQUESTS, "FileComplaint", "ReceiveMessage"}


HEARD_IN = {"ReceiveDocuments": "in validation", "ConfirmCommitment": "heard twice"}
HEARD_IN |= {"AnswerSurvey": "closed", "ReopenComplaint": "closed"}


@pytest.mark.parametrize("action", sorted(set(HEARD) - {"ReceiveMessage"}))
def test_whoever_complained_is_heard_by_what_they_do_or_have_told(action: str) -> None:
    uow, _ = an_office_in(HEARD_IN.get(action, "triaged"), action)
    getattr(api(uow), action)(REQUESTS[action]())
    assert uow.read(Complaint, C1).heard_at == uow.now


def test_what_officers_do_by_themselves_is_no_word_of_whoever_complained() -> None:
    uow, _ = an_office_in("triaged", "AnswerComplaint")
    api(uow).AnswerComplaint(pb.AnswerComplaintRequest(**ABOUT, text="We have written."))
    assert uow.read(Complaint, C1).heard_at is None


def test_filing_is_the_first_act() -> None:
    uow = FakeUnitOfWork()
    api(uow).FileComplaint(a_filing())
    (act,) = acts(uow)
    assert (act.action, act.state, act.acted_at) == ("FileComplaint", "", A_MORNING)


def test_a_refusal_says_where_it_stands_what_the_rule_is_and_where_that_comes_from() -> None:
    with pytest.raises(NotAllowed) as refused:
        api(an_office(a_complaint())).ReferComplaint(
            pb.ReferComplaintRequest(**ABOUT, ministry="kemlu", request="help")
        )
    assert refused.value.reason == "NOT_TRIAGED"
    assert str(refused.value) == (
        f"complaint {C1} is received: ReferComplaint is for what is triaged, in consultation,"
        " helped with a claim, in the first clarification, in the second clarification, returned"
        " (Perban BP2MI 6/2024 Art 30(2))"
    )


def test_the_second_of_two_officers_is_told_what_the_first_did() -> None:
    uow = an_office(a_complaint("unpaid_wages", 2))
    api(uow).OfferComplaint(pb.OfferComplaintRequest(**ABOUT))
    with pytest.raises(NotAllowed) as second:
        api(uow).OfferComplaint(pb.OfferComplaintRequest(**ABOUT))
    assert second.value.reason == "OFFER_OPEN"
    told = f"last OfferComplaint by {uow.caller.subject}, 2024-03-04 03:00 UTC"
    assert str(second.value).endswith(told)


def test_an_act_tells_the_clock_that_it_has_started() -> None:
    uow = an_office(a_complaint("unpaid_wages", 4))
    offered = api(uow).OfferComplaint(pb.OfferComplaintRequest(**ABOUT))
    (act,) = acts(uow)
    assert (act.clock, act.due_at) == ("offer_in_danger", offered.due_at.ToDatetime(UTC))


def test_an_end_tells_its_ground_and_since_when_it_could_be_used() -> None:
    uow = an_office(a_complaint("unpaid_wages", 2, work=Work.VALIDATION))
    uow.now = A_MORNING.replace(month=6)
    api(uow).CloseComplaint(pb.CloseComplaintRequest(**ABOUT, ground="documents_incomplete"))
    (act,) = acts(uow)
    assert (act.clock, act.reason) == ("documents_incomplete", "documents_incomplete")
    assert act.due_at == A_MORNING.replace(month=4, day=3)
    assert act.regulation == "Perban BP2MI 6/2024 Art 30(1)a"


def with_a_follow_up() -> tuple[FakeUnitOfWork, Complaint]:
    """A complaint that came back, whose clock runs from a Monday morning on."""
    complaint, custody, _ = situations()["returned"]
    complaint.start_clock(LAW.base.clocks["follow_up"], A_MORNING, CALENDARS.of())
    uow = an_office(complaint, custody)
    uow.add(Consent("n1", C1, "kemlu", given=True, how="spoken", said_at=A_MORNING))
    return uow, complaint


def look(uow: FakeUnitOfWork, percent: float) -> None:
    """Somebody looks at the clock when so much of its time is over."""
    complaint = uow.read(Complaint, C1)
    assert complaint.clock_due_at is not None
    uow.now = A_MORNING + (complaint.clock_due_at - A_MORNING) * percent / 100
    steps.take_steps_of(uow, complaint, uow.read(Custody, C1))


def notices(uow: FakeUnitOfWork) -> list[tuple[int, str, str]]:
    """Who was told at which step."""
    found = [thing for thing in uow._things.values() if isinstance(thing, Notice)]
    return [(each.percent, each.deed, each.unit) for each in found]


def test_who_misses_the_own_part_is_written_down_by_the_clock_once() -> None:
    uow, _ = with_a_follow_up()
    look(uow, 100)
    look(uow, 110)
    (act,) = acts(uow)
    assert (act.action, act.actor, act.state) == ("miss", "clock", "returned")
    assert act.reason == "follow_up"


def test_each_step_is_told_one_rung_higher_and_before_the_time_is_over() -> None:
    uow, _ = with_a_follow_up()
    for percent in (49, 50, 60, 80, 99, 100, 199, 200, 300):
        look(uow, percent)
    assert notices(uow) == [
        (50, "remind", "layanan_pengaduan"),
        (80, "warn", "layanan_pengaduan"),
        (100, "miss", "ditjen_pelindungan"),
        (200, "escalate", "menteri"),
    ]


def test_an_offer_that_nobody_answers_is_told_before_it_lapses_and_is_no_miss_of_ours() -> None:
    uow = an_office(a_complaint("unpaid_wages", 2))
    api(uow).OfferComplaint(pb.OfferComplaintRequest(**ABOUT))
    look(uow, 90)
    look(uow, 100)
    assert notices(uow) == [(80, "warn", "layanan_pengaduan")]
    assert [act.action for act in acts(uow)] == ["OfferComplaint"]


def test_the_clock_of_an_offer_that_was_accepted_tells_nobody_anything() -> None:
    complaint, custody, _ = situations()["handed over"]
    complaint.start_clock(LAW.base.clocks["offer"], A_MORNING, CALENDARS.of())
    uow = an_office(complaint, custody)
    look(uow, 90)
    assert (notices(uow), complaint.clock, complaint.clock_step_at) == ([], "", None)


@pytest.mark.parametrize("action", ["OfferComplaint", "ReferComplaint", "CloseComplaint"])
def test_the_clock_of_the_own_part_ends_with_it(action: str) -> None:
    uow, complaint = with_a_follow_up()
    getattr(api(uow), action)(REQUESTS[action]())
    assert complaint.clock != "follow_up"
    assert [act.action for act in acts(uow)] == [action]


def test_who_is_late_before_the_clock_could_say_so_was_late() -> None:
    uow, complaint = with_a_follow_up()
    uow.now = (complaint.clock_due_at or uow.now) + timedelta(hours=17)
    api(uow).CloseComplaint(a_withdrawal())
    assert [act.action for act in acts(uow)] == ["CloseComplaint", "miss"]


def test_an_offer_that_was_declined_is_an_act_and_starts_the_clock_of_complaint_anew() -> None:
    complaint, custody, _ = situations()["declined"]
    complaint.start_clock(LAW.base.clocks["offer"], A_MORNING, CALENDARS.of())
    uow = an_office(complaint, custody)
    worker_factory(ComplaintCustody, uow=uow).on_refused(custody, custody.offers[-1])
    (act,) = acts(uow)
    assert (act.action, act.state, act.reason) == ("not_accepted", "offered", "declined")
    assert (act.clock, complaint.clock) == ("distribution", "distribution")


def test_what_comes_back_is_an_act_of_whoever_gave_it_back_and_starts_the_clock() -> None:
    complaint, custody, _ = situations()["handed over"]
    uow = an_office(complaint, custody)
    returned = HandoverReturned(matter_id=C1, result="settled", receiver=PROTECTION.to_proto())
    worker_factory(ComplaintCustody, uow=uow).on_returned(custody, returned)
    (act,) = acts(uow)
    assert (act.action, act.state, act.reason) == ("given_back", "handed_over", "settled")
    assert (act.clock, act.due_at) == ("follow_up", complaint.clock_due_at)


def test_the_clock_of_an_offer_stands_still_while_its_question_waits() -> None:
    complaint, custody, _ = situations()["asked"]
    complaint.start_clock(LAW.base.clocks["offer"], A_MORNING, CALENDARS.of())
    uow = an_office(complaint, custody)
    look(uow, 90)
    assert (notices(uow), complaint.clock_step_at) == ([], None)
