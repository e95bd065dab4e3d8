"""What must be on file: nothing is done without it, and the refusal names it and its rule."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from estafet.complaint.v1 import service_pb2 as pb

from services.chassis.errors import NotAllowed
from services.chassis.testing_evidence import FakeEvidence
from services.complaint.clarification import Clarification
from services.complaint.domain import Complaint, Work
from services.complaint.papers import MINUTES
from services.complaint.workflow import LAW
from tests.complaint.agency import Hearing, a_promise, at, the_parties
from tests.complaint.builders import C1, a_complaint, a_plan, acts, api, documents

PROCESS = LAW.base.process["complaint"]
Case = Callable[[], tuple[Hearing, Callable[[], Any]]]


def nothing(action: str, complaint: Complaint | None = None, **fields: Any) -> Case:
    """A complaint as it was triaged, or as given, for which the officer has nothing."""

    def case() -> tuple[Hearing, Callable[[], Any]]:
        hearing = Hearing(complaint and a_complaint(complaint.category, work=complaint.work))
        hearing.complaint.documents = complaint.documents if complaint else ""
        return hearing, partial(hearing.officer, action, **fields)

    return case


def closing(ground: str) -> Case:
    """A complaint of which whoever complained was told nothing is to end."""
    category = "information" if ground == "information_given" else "unpaid_wages"
    return nothing("CloseComplaint", a_complaint(category), ground=ground)


def held_without(action: str, lost: str = "", **told: Any) -> Case:
    """After a second session whose promise was broken and admitted, but for what is missing."""

    def case() -> tuple[Hearing, Callable[[], Any]]:
        hearing = Hearing()
        hearing.to_second(p3mi_id="" if lost == "agency" else "r1")
        promises = [] if lost == "commitment" else [a_promise()]
        admitted = pb.ADMISSION_UNSPECIFIED if lost == "admission" else pb.ADMISSION_ADMITTED
        hearing.hold(commitments=promises, admitted=admitted)
        hearing.uow.now += timedelta(days=6)
        if lost != "broken_commitment" and promises:
            hearing.confirm("BROKEN")
        if lost == MINUTES:
            forget_minutes(hearing)
        if action == "ConfirmCommitment":
            made = [each.commitment_id for each in hearing.found.commitments]
            told["commitment_id"] = made[0] if made else "p1"
        return hearing, partial(hearing.officer, action, **told)

    return case


def forget_minutes(hearing: Hearing) -> None:
    """The minutes are not in the register of documents any more."""
    for each in documents(hearing.uow):
        each.kind = "lost"


def invited_again_without_minutes() -> tuple[Hearing, Callable[[], Any]]:
    hearing = Hearing()
    hearing.invite()
    hearing.hold("SECOND")
    forget_minutes(hearing)
    return hearing, hearing.invite


def held_while_another_session_began() -> tuple[Hearing, Callable[[], Any]]:
    """The minutes were made of a session that is not the one that goes on by now."""
    hearing = Hearing()
    hearing.invite()

    class Meanwhile(FakeEvidence):
        def keep(self, matter_id: str, media_type: str, content: bytes) -> Any:
            now = hearing.uow.now
            hearing.uow.add(Clarification("another", C1, 1, now, now, now))
            hearing.complaint.clarification_id = "another"
            return super().keep(matter_id, media_type, content)

    def hold() -> None:
        made = api(hearing.uow, hearing.access)
        made.files = Meanwhile(hearing.uow)
        outcome = pb.CLARIFICATION_OUTCOME_SETTLED
        told = {"held_at": at(hearing.uow.now), "place": "online", "parties": the_parties()}
        made.HoldClarification(
            pb.HoldClarificationRequest(complaint_id=C1, outcome=outcome, **told)  # type: ignore[arg-type] # one kind each
        )

    return hearing, hold


def promised_and_open() -> tuple[Hearing, Callable[[], Any]]:
    hearing = Hearing()
    hearing.invite()
    hearing.hold(commitments=[a_promise()])
    hearing.officer("AnswerComplaint", text="Dijanjikan (contoh).")
    return hearing, partial(hearing.officer, "CloseComplaint", ground="demand_met")


ASKED = a_complaint(work=Work.VALIDATION)
ASKED.documents = "contract identity"
SANCTION = {"violation": "broken_commitment", "text": "Tidak dibayar (contoh)."}
KEPT = {"state": pb.COMMITMENT_STATE_KEPT}
CASES: dict[tuple[str, str], Case] = {
    ("ReceiveDocuments", "requested_documents"): nothing(
        "ReceiveDocuments", ASKED, documents=["contract"]
    ),
    ("ReferComplaint", "consent"): nothing("ReferComplaint", ministry="kemlu", request="help"),
    ("InviteP3mi", "minutes"): invited_again_without_minutes,
    ("HoldClarification", "minutes"): held_while_another_session_began,
    ("ConfirmCommitment", "commitment"): held_without("ConfirmCommitment", "commitment", **KEPT),
    ("ConfirmCommitment", "minutes"): held_without("ConfirmCommitment", "minutes", **KEPT),
    **{
        ("RecommendSanction", name): held_without("RecommendSanction", name, **SANCTION)
        for name in ("broken_commitment", "admission", "agency", "minutes")
    },
    ("DoubtContactPlan", "contact_plan"): nothing("DoubtContactPlan", why="no_answer"),
    ("no_clear_answer", "request"): closing("no_clear_answer"),
    ("documents_incomplete", "document_request"): closing("documents_incomplete"),
    ("unreachable", "attempt"): closing("unreachable"),
    ("unsolvable", "news"): closing("unsolvable"),
    ("demand_met", "reasons"): closing("demand_met"),
    ("demand_met", "kept_commitments"): promised_and_open,
    ("invalid", "reasons"): closing("invalid"),
    ("information_given", "reasons"): closing("information_given"),
    ("withdrawn", "withdrawal"): closing("withdrawn"),
}


def test_every_evidence_that_the_law_names_is_tried_here() -> None:
    needed = {(name, each) for name, action in PROCESS.actions.items() for each in action.evidence}
    needed |= {
        (code, each) for code, ground in LAW.base.grounds.items() for each in ground.evidence
    }
    assert needed == set(CASES)


@pytest.mark.parametrize(("entry", "name"), CASES, ids="/".join)
def test_without_its_evidence_nothing_is_done_and_the_rule_is_named(entry: str, name: str) -> None:
    hearing, attempt = CASES[entry, name]()
    before, evidence = len(acts(hearing.uow)), LAW.base.evidence[name]
    with pytest.raises(NotAllowed) as refused, hearing.uow.transaction():
        attempt()
    assert refused.value.reason == evidence.refusal
    assert f" needs {evidence.name_en} on file ({evidence.regulation})" in str(refused.value)
    assert len(acts(hearing.uow)) == before


def last_evidence(hearing: Hearing) -> str:
    return acts(hearing.uow)[-1].evidence


def test_an_act_says_what_was_on_file_for_it() -> None:
    hearing = Hearing()
    hearing.broken(admitted=pb.ADMISSION_ADMITTED)
    hearing.officer("RecommendSanction", p3mi_id="r1", **SANCTION)
    assert last_evidence(hearing) == "broken_commitment admission agency minutes"


def test_an_end_says_what_its_ground_needed() -> None:
    hearing = Hearing()
    hearing.officer("AnswerComplaint", text="Sudah dibayar (contoh).")
    hearing.officer("CloseComplaint", ground="demand_met")
    assert last_evidence(hearing) == "kept_commitments reasons"


@pytest.mark.parametrize(
    "received", [[], ["contract", "identity"], ["identity", "contract", "x_y"]]
)
def test_a_complaint_is_complete_when_all_that_was_asked_for_has_come(received: list[str]) -> None:
    case = nothing("ReceiveDocuments", ASKED, documents=received)
    hearing, receive = case()
    receive()
    assert (hearing.complaint.documents, last_evidence(hearing)) == ("", "requested_documents")


def test_a_matter_in_danger_needs_no_consent_and_the_act_says_why() -> None:
    hearing = Hearing(a_complaint("physical_abuse", 4))
    hearing.officer("ReferComplaint", ministry="kemlu", request="help")
    act = acts(hearing.uow)[-1]
    assert (act.reason, act.evidence) == ("danger_to_life", "")


def test_in_danger_too_a_consent_on_file_is_what_the_act_claims() -> None:
    hearing = Hearing(a_complaint("physical_abuse", 4))
    hearing.officer("RecordConsent", ministry="kemlu", given=True, how="telephone")
    hearing.officer("ReferComplaint", ministry="kemlu", request="help")
    assert (acts(hearing.uow)[-1].reason, last_evidence(hearing)) == ("help", "consent")


def test_a_ground_that_there_is_not_is_named_and_needs_nothing() -> None:
    hearing = Hearing()
    with pytest.raises(Exception, match="ground bored is not known"):
        hearing.officer("CloseComplaint", ground="bored")


def test_a_plan_on_file_may_be_doubted() -> None:
    hearing = Hearing()
    hearing.officer("SetContactPlan", plan=a_plan())
    hearing.officer("DoubtContactPlan", why="no_answer")
    assert last_evidence(hearing) == "contact_plan"
