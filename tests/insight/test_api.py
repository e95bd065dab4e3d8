"""What insight answers: journeys, the ledger, counts, hops, lapses, the morning, what is parked."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from estafet.chassis.v1 import operations_pb2 as operations
from estafet.complaint.v1.events_pb2 import ComplaintFiled
from estafet.exchange.v1.events_pb2 import (
    MinistryReminded,
    ReferralEnded,
    ReferralOpened,
    ReferralRecounted,
)
from estafet.insight.v1 import service_pb2 as pb
from google.protobuf.message import Message

from services.chassis.client import Calls
from services.chassis.clock import Clock
from services.chassis.errors import Invalid, NotFound, Unavailable
from services.chassis.instants import timestamp
from services.chassis.progress import Delivery
from services.chassis.runtime import Work
from services.chassis.testing import A_MORNING, worker_factory
from services.chassis.testing_client import FakeNeighbour
from services.insight.api import InsightApi
from tests.databases import a_runtime, working
from tests.insight.builders import COMPLAINT, HOUR, KEMLU, M1, M2, PROTECTION, Matter, party, read
from tests.insight.reading import delivery

pytestmark = pytest.mark.database("insight")
MARCH = {"first_month": "2024-03", "last_month": "2024-03"}
TODAY, TOMORROW = A_MORNING + 4 * HOUR, A_MORNING + timedelta(days=1)


class ClockAt(Clock):
    """Domain time that stands still."""

    def now(self) -> datetime:
        return A_MORNING


@contextmanager
def api(engine: sa.Engine, services: Mapping[str, Calls] | None = None) -> Iterator[InsightApi]:
    runtime = a_runtime(engine, "insight", ClockAt(None))
    with working(runtime, Work("test")) as uow:
        yield worker_factory(InsightApi, uow=uow, services=services or {})


def test_a_journey_is_told_in_order_of_time_with_holders_clocks_and_traces(
    database: sa.Engine,
) -> None:
    filed = delivery(ComplaintFiled(complaint_id=M1), "complaint", 1, time=A_MORNING)
    matter = Matter().offered(PROTECTION, TOMORROW).accepted(PROTECTION)
    read(database, matter, news=(filed,))
    with api(database) as insight:
        told = insight.GetJourney(pb.GetJourneyRequest(matter_id=M1))
    assert [(step.event, step.number, party(step.holder)) for step in told.steps] == [
        ("MatterOpened", 1, "complaint/kp2mi"),
        ("ComplaintFiled", 1, "/"),
        ("HandoverOffered", 2, "complaint/kp2mi"),
        ("HandoverAccepted", 3, "protection/kp2mi"),
    ]
    offered = told.steps[2]
    assert offered.clock == timestamp(TOMORROW)
    assert offered.trace_id == f"{2:032x}"
    assert "offered to kp2mi / pelindungan as protection.case" in offered.text
    [stands] = told.matters
    assert (party(stands.holder), stands.HasField("offer")) == ("protection/kp2mi", False)


def test_a_child_is_told_within_its_roots_journey(database: sa.Engine) -> None:
    read(database, Matter(M1), Matter(M2, at=A_MORNING + HOUR, root=M1))
    with api(database) as insight:
        told = insight.GetJourney(pb.GetJourneyRequest(matter_id=M2))
    assert (told.journey_id, [each.matter_id for each in told.matters]) == (M1, [M1, M2])


def test_what_is_no_matter_has_a_journey_of_its_own(database: sa.Engine) -> None:
    read(database, news=(delivery(ComplaintFiled(complaint_id=M2), "complaint", 1),))
    with api(database) as insight:
        told = insight.GetJourney(pb.GetJourneyRequest(matter_id=M2))
    assert [step.text for step in told.steps] == ["ComplaintFiled told by complaint"]


def test_a_journey_that_nobody_tells_of_is_not_found(database: sa.Engine) -> None:
    with api(database) as insight, pytest.raises(NotFound):
        insight.GetJourney(pb.GetJourneyRequest(matter_id=M1))


def test_the_ledger_tells_who_held_what_page_by_page(database: sa.Engine) -> None:
    given = Matter().offered(PROTECTION, TOMORROW).accepted(PROTECTION)
    read(database, given, Matter(M2, at=A_MORNING + HOUR))
    at, token, held = timestamp(A_MORNING + 2 * HOUR - HOUR / 2), "", list[tuple[str, str]]()
    with api(database) as insight:
        while True:
            asked = pb.ListHoldingsRequest(at=at, page_size=1, page_token=token)
            page = insight.ListHoldings(asked)
            held += [(each.matter_id, party(each.holder)) for each in page.holdings]
            token = page.next_page_token
            if not token:
                break
        now = insight.ListHoldings(
            pb.ListHoldingsRequest(at=timestamp(TOMORROW), service="protection")
        )
    assert held == [(M1, "complaint/kp2mi"), (M2, "complaint/kp2mi")]
    assert [(each.matter_id, each.HasField("until")) for each in now.holdings] == [(M1, False)]


def test_months_are_those_of_jakarta(database: sa.Engine) -> None:
    late = datetime(2024, 3, 31, 16, 59, tzinfo=UTC)
    news = [
        delivery(ComplaintFiled(complaint_id=f"c{n}"), "complaint", 1, time=late + n * HOUR)
        for n in (0, 1)
    ]
    read(database, Matter(), news=tuple(news))
    with api(database) as insight:
        told = insight.GetCounts(pb.GetCountsRequest(first_month="2024-03", last_month="2024-04"))
    found = [(each.month, each.event, each.kind, each.count) for each in told.counts]
    assert found == [
        ("2024-03", "ComplaintFiled", "", 1),
        ("2024-03", "MatterOpened", "complaint", 1),
        ("2024-04", "ComplaintFiled", "", 1),
    ]


def test_months_in_the_wrong_order_are_refused(database: sa.Engine) -> None:
    asked = pb.GetCountsRequest(first_month="2024-03", last_month="2024-02")
    with api(database) as insight, pytest.raises(Invalid) as refused:
        insight.GetCounts(asked)
    assert refused.value.reason == "NO_SUCH_MONTHS"


def test_hops_tell_how_long_each_way_took(database: sa.Engine) -> None:
    quick = Matter().offered(PROTECTION, TOMORROW).accepted(PROTECTION)
    slow = Matter(M2).offered(PROTECTION, TOMORROW).asked(PROTECTION, TODAY)
    read(database, quick, slow)
    with api(database) as insight:
        told = insight.GetHops(pb.GetHopsRequest(**MARCH))
    assert [(hop.end, hop.count, hop.p50_seconds, hop.p95_seconds) for hop in told.hops] == [
        ("accepted", 1, 3600, 3600),
        ("asked", 1, 0, 0),
    ]
    assert party(told.hops[0].giver) + " " + party(told.hops[0].receiver) == (
        "complaint/kp2mi protection/kp2mi"
    )


def test_lapses_are_counted_by_who_did_not_answer(database: sa.Engine) -> None:
    read(
        database,
        Matter().offered(KEMLU, TODAY).lapsed(),
        Matter(M2).offered(KEMLU, TODAY).accepted(KEMLU),
    )
    with api(database) as insight:
        told = insight.GetLapses(pb.GetLapsesRequest(**MARCH))
    assert [(party(each.party), each.offered, each.lapsed) for each in told.parties] == [
        ("exchange/kemlu", 2, 1)
    ]


def test_the_morning_tells_what_ends_today_and_what_each_party_owes(database: sa.Engine) -> None:
    read(
        database,
        Matter().offered(KEMLU, TODAY, "exchange.referral"),
        Matter(M2).offered(PROTECTION, TOMORROW + 9 * HOUR).asked(PROTECTION, TODAY - HOUR),
        Matter("m3", holder=PROTECTION).offered(COMPLAINT, TOMORROW + 9 * HOUR),
        Matter("m4").offered(KEMLU, TODAY).lapsed(),
        Matter("m5").closed(),
    )
    with api(database) as insight:
        today = insight.GetMorning(pb.GetMorningRequest())
        later = insight.GetMorning(pb.GetMorningRequest(date="2024-03-05"))
    assert (today.date, today.total, later.total) == ("2024-03-04", 2, 3)
    assert [(each.matter_id, each.asked, party(each.receiver)) for each in today.offers] == [
        (M2, True, "protection/kp2mi"),
        (M1, False, "exchange/kemlu"),
    ]
    owed = {
        party(each.party): (each.held, each.to_answer, each.to_clarify, each.due, each.lapsed)
        for each in today.parties
    }
    assert owed == {
        "complaint/kp2mi": (3, 1, 1, 1, 0),
        "exchange/kemlu": (0, 1, 0, 1, 1),
        "protection/kp2mi": (1, 0, 0, 0, 0),
    }


def referral(event: Message, seq: int, at: datetime) -> Delivery:
    return delivery(event, "exchange", seq, time=at, journey_id=M1)


def test_the_morning_tells_what_a_ministry_owes_by_its_newest_date(database: sa.Engine) -> None:
    named = {"referral_id": "r1", "matter_id": M1, "ministry": "kemlu"}
    opened = ReferralOpened(**named, answer_by=timestamp(TODAY))
    reminded = MinistryReminded(**named, answer_by=timestamp(TOMORROW))
    recounted = ReferralRecounted(**named, answer_by=timestamp(TODAY))
    ended = ReferralEnded(**named, result="helped")
    days, told = ("2024-03-04", "2024-03-05"), []
    for seq, event in enumerate((opened, reminded, recounted, ended), start=1):
        read(database, news=(referral(event, seq, A_MORNING + seq * HOUR),))
        with api(database) as insight:
            for day in days:
                morning = insight.GetMorning(pb.GetMorningRequest(date=day))
                due = [(party(each.ministry), each.matter_id) for each in morning.results]
                owed = [(each.to_return, each.due, each.held) for each in morning.parties]
                told.append((due, owed))
    owes, kemlu = (1, 1, 0), [("exchange/kemlu", M1)]
    assert told == [
        *((kemlu, [owes]), (kemlu, [owes])),
        *(([], [(1, 0, 0)]), (kemlu, [owes])),
        *((kemlu, [owes]), (kemlu, [owes])),
        *(([], []), ([], [])),
    ]


def test_a_ministrys_date_stands_in_the_journey(database: sa.Engine) -> None:
    opened = ReferralOpened(
        referral_id="r1", matter_id=M1, ministry="kemlu", answer_by=timestamp(TODAY)
    )
    read(database, Matter(), news=(referral(opened, 1, A_MORNING + HOUR),))
    with api(database) as insight:
        told = insight.GetJourney(pb.GetJourneyRequest(matter_id=M1))
    assert (told.steps[-1].event, told.steps[-1].clock) == ("ReferralOpened", timestamp(TODAY))


def test_a_day_that_no_calendar_has_is_refused(database: sa.Engine) -> None:
    with api(database) as insight, pytest.raises(Invalid):
        insight.GetMorning(pb.GetMorningRequest(date="2024-02-30"))


def test_a_silent_service_leaves_what_the_others_have_parked(database: sa.Engine) -> None:
    waits = operations.ParkedKey(consumer="complaint.custody", key=M1, first=3, records=2)
    told = operations.ReadParkedResponse(keys=[waits], total=1)
    down = Unavailable("down", reason="PEER_DOWN")
    asked = {
        "complaint": FakeNeighbour("complaint", {operations.ReadParkedRequest: told}),
        "protection": FakeNeighbour("protection", {operations.ReadParkedRequest: down}),
    }
    with api(database, asked) as insight:
        found = insight.GetParked(pb.GetParkedRequest())
    assert [(each.service, each.silent, each.total) for each in found.services] == [
        ("complaint", "", 1),
        ("protection", "PEER_DOWN", 0),
    ]
    assert found.services[0].keys[0] == waits
