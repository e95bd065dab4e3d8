"""Sanctions that protection recommends, and workers whom a locked agency leaves to it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from estafet.handover.v1 import custody_pb2 as custody
from estafet.placement.v1.briefs_pb2 import SanctionBrief
from estafet.protection.v1 import service_pb2 as pb
from estafet.protection.v1.briefs_pb2 import WorkerInProcessBrief

from services.chassis.catalogue import CUSTODY_TOPIC
from services.chassis.errors import NotAllowed, NotFound
from services.chassis.runtime import Work
from services.chassis.testing import A_MORNING, FakeUnitOfWork, Head, worker_factory
from services.handover.custody import Custody, OfferState
from services.handover.fold import Entry, fold
from services.protection.acting import SANCTION
from services.protection.begun import HERE, PLACEMENT
from services.protection.domain.case import CaseStatus, KnownMatter
from services.protection.domain.sanction import RecommendedSanction
from services.protection.reactions import ProtectionCustody
from tests.databases import a_runtime, working
from tests.protection.builders import K1, M1, a_case, a_custody, an_offer, an_office, api

S1 = "s1"
A1 = "a1"


def refused(reason: str) -> "pytest.RaisesExc[NotAllowed]":
    return pytest.raises(NotAllowed, check=lambda error: error.reason == reason)


def recommend(uow: FakeUnitOfWork) -> pb.RecommendSanctionResponse:
    request = pb.RecommendSanctionRequest(
        case_id=K1, p3mi_id=A1, violation="overcharging", article="(contoh)", text="Biaya (contoh)."
    )
    return api(uow).RecommendSanction(request)


def test_a_recommendation_is_a_child_that_placement_is_offered() -> None:
    uow = an_office(a_case(), state=OfferState.ACCEPTED)
    matter_id = recommend(uow).matter_id
    child, opened, offered = uow.emitted
    assert child == custody.ChildOpened(matter_id=M1, child_id=matter_id, kind=SANCTION)
    assert isinstance(opened, custody.MatterOpened)
    assert isinstance(offered, custody.HandoverOffered)
    assert (opened.parent_id, opened.journey_id) == (M1, M1)
    assert (offered.receiver.service, offered.kind) == ("placement", "placement.sanction")


def test_the_brief_says_what_and_the_reasons_stay_here() -> None:
    uow = an_office(a_case(), state=OfferState.ACCEPTED)
    recommend(uow)
    offered, brief = uow.emitted[-1], SanctionBrief()
    assert isinstance(offered, custody.HandoverOffered)
    assert offered.brief.Unpack(brief)
    assert (brief.p3mi_id, brief.case_id, brief.violation) == (A1, K1, "overcharging")
    assert uow.notes[brief.note_id].text == "Biaya (contoh)."


def test_a_case_that_is_not_open_recommends_nothing() -> None:
    uow = an_office(a_case(CaseStatus.RETURNED), state=OfferState.ACCEPTED)
    with refused("CASE_NOT_OPEN"):
        recommend(uow)


def a_desk(state: OfferState = OfferState.DECLINED) -> FakeUnitOfWork:
    """A recommendation of which placement's answer is known; protection holds it."""
    offer = an_offer(state, matter_id=S1)
    offer.giver, offer.receiver, offer.resource_id = HERE, PLACEMENT, ""
    matter = a_custody(offer)
    matter.holder, matter.stack, matter.custody_no, matter.kind = HERE, (), 3, SANCTION
    recommended = RecommendedSanction(S1, K1, A1, "overcharging")
    uow = FakeUnitOfWork(matter, recommended, service="protection")
    uow.heads[CUSTODY_TOPIC, S1] = Head(3)
    return uow


def test_what_came_back_is_offered_again() -> None:
    uow = a_desk()
    assert api(uow).OfferSanction(pb.OfferSanctionRequest(matter_id=S1)).offer_no == 4


def test_a_question_is_answered_and_the_clock_runs_again() -> None:
    uow = a_desk(OfferState.ASKED)
    api(uow).ClarifySanction(pb.ClarifySanctionRequest(matter_id=S1, text="Ada (contoh)."))
    (clarified,) = uow.emitted
    assert isinstance(clarified, custody.HandoverClarified)
    assert uow.notes[clarified.note_id].text == "Ada (contoh)."


def test_what_came_back_may_be_dropped() -> None:
    uow = a_desk()
    api(uow).DropSanction(pb.DropSanctionRequest(matter_id=S1, text="Tidak cukup (contoh)."))
    assert uow.emitted == [custody.MatterClosed(matter_id=S1, ground="sanction_dropped")]
    note_id = uow.read(RecommendedSanction, S1).dropped_note_id
    assert uow.notes[note_id].text == "Tidak cukup (contoh)."


def test_what_is_offered_is_not_dropped() -> None:
    with refused("OFFER_OPEN"):
        api(a_desk(OfferState.OFFERED)).DropSanction(pb.DropSanctionRequest(matter_id=S1, text="x"))


def test_a_case_is_no_recommendation() -> None:
    uow = an_office(a_case(), state=OfferState.ACCEPTED)
    with pytest.raises(NotFound):
        api(uow).DropSanction(pb.DropSanctionRequest(matter_id=M1, text="x"))


# On PostgreSQL


@pytest.mark.database("protection")
def test_a_worker_in_process_waits_in_the_queue_and_the_case_names_them(
    database: sa.Engine,
) -> None:
    brief = WorkerInProcessBrief(worker_id="w1", p3mi_id=A1, country="MYS")
    offer = an_offer()
    with working(a_runtime(database, "protection"), Work("follow_custody")) as uow:
        uow.add(a_custody(offer))
        custody_of = worker_factory(ProtectionCustody, uow=uow)
        custody_of.on_offered(a_custody(an_offer()), an_offer(), brief)
    with working(a_runtime(database, "protection"), Work("ListOffers")) as uow:
        (shown,) = api(uow).ListOffers(pb.ListOffersRequest()).offers
        case = uow.read(KnownMatter, M1).take_up(K1, A_MORNING)
    assert (shown.worker_id, shown.category, shown.country) == ("w1", "worker_in_process", "MYS")
    assert case.worker_id == "w1"


@pytest.mark.database("protection")
def test_the_sanctions_of_a_case_are_shown_page_by_page(database: sa.Engine) -> None:
    with working(a_runtime(database, "protection"), Work("test")) as uow:
        for number, case_id in enumerate((K1, "another", K1, K1)):
            uow.add(RecommendedSanction(f"s{number}", case_id, A1, "overcharging"))
            uow.add(an_opened_matter(f"s{number}", number))
    shown, token = list[str](), ""
    with working(a_runtime(database, "protection"), Work("ListSanctions")) as uow:
        while True:
            request = pb.ListSanctionsRequest(case_id=K1, page_size=2, page_token=token)
            answer = api(uow).ListSanctions(request)
            shown += [each.matter_id for each in answer.sanctions]
            token = answer.next_page_token
            if not token:
                break
    assert shown == ["s0", "s2", "s3"]


def an_opened_matter(matter_id: str, hours: int) -> Custody:
    event = custody.MatterOpened(
        matter_id=matter_id, journey_id=M1, parent_id=M1, kind=SANCTION, holder=HERE.to_proto()
    )
    return fold(None, Entry(1, event, A_MORNING + timedelta(hours=hours), "protection"))
