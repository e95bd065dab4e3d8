"""Empowerment's tables on PostgreSQL: what waits and what is in work, page by page."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from estafet.empowerment.v1 import service_pb2 as pb

from services.chassis.runtime import Work
from services.chassis.testing import A_MORNING
from services.empowerment.domain import PlanStatus
from services.handover.custody import OfferState
from tests.databases import a_runtime, working
from tests.empowerment.builders import a_custody, a_plan, a_returnee, an_offer, api

pytestmark = pytest.mark.database("empowerment")
AN_HOUR = timedelta(hours=1)


def keep(engine: sa.Engine, *things: object) -> None:
    with working(a_runtime(engine, "empowerment"), Work("test")) as uow:
        for thing in things:
            uow.add(thing)


def test_offers_are_shown_by_their_clock_page_by_page(database: sa.Engine) -> None:
    for matter_id, hours in (("second", 2), ("first", 1), ("third", 3)):
        offer = an_offer(matter_id=matter_id)
        offer.due_at = A_MORNING + hours * AN_HOUR
        keep(database, a_returnee(matter_id), a_custody(offer))
    taken = an_offer(OfferState.ACCEPTED, "taken")
    keep(database, a_returnee("taken"), a_custody(taken))
    shown, token = list[str](), ""
    with working(a_runtime(database, "empowerment"), Work("ListOffers")) as uow:
        while True:
            answer = api(uow).ListOffers(pb.ListOffersRequest(page_size=2, page_token=token))
            shown += [offer.matter_id for offer in answer.offers]
            token = answer.next_page_token
            if not token:
                break
    assert shown == ["first", "second", "third"]


def test_plans_in_work_are_shown_the_oldest_first(database: sa.Engine) -> None:
    for name, hours, status in (
        ("young", 3, PlanStatus.OPEN),
        ("old", 1, PlanStatus.PENDING),
        ("done", 0, PlanStatus.ENDED),
        ("middle", 2, PlanStatus.OPEN),
    ):
        opened_at = A_MORNING + hours * AN_HOUR
        keep(database, a_plan(status, "mentoring", plan_id=name, opened_at=opened_at))
    shown, token = list[tuple[str, list[str]]](), ""
    with working(a_runtime(database, "empowerment"), Work("ListPlans")) as uow:
        while True:
            answer = api(uow).ListPlans(pb.ListPlansRequest(page_size=2, page_token=token))
            shown += [(plan.plan_id, list(plan.programmes)) for plan in answer.plans]
            token = answer.next_page_token
            if not token:
                break
    assert shown == [("old", ["mentoring"]), ("middle", ["mentoring"]), ("young", ["mentoring"])]
