"""Insight's rpcs: they read, and change nothing."""

from estafet.chassis.v1 import operations_pb2 as operations
from estafet.insight.v1 import service_pb2 as pb

from services.chassis.client import Calls, NeighbourRefused, Neighbours
from services.chassis.errors import NotFound, Unavailable
from services.chassis.instants import day_of, timestamp
from services.chassis.paging import next_page, place_of, size_of
from services.chassis.rpc import rpc
from services.chassis.unit_of_work import Database
from services.handover.fold import instant
from services.insight import figures, store, views
from services.insight.domain import months
from services.process.calendar import end_of, local_day

MOST_NEWS = 1000
MOST_OFFERS = 200


class InsightApi:
    """Journeys, the custody ledger, figures, and what the day brings."""

    name = "insight"
    uow = Database()
    services = Neighbours()

    @rpc
    def GetJourney(self, request: pb.GetJourneyRequest) -> pb.GetJourneyResponse:
        session = self.uow.session
        journey_id = store.journey_of(session, request.matter_id)
        matters = store.matters_of(session, journey_id)
        logs = store.logs_of(session, [custody.matter_id for custody in matters])
        news = store.news_of(session, journey_id, MOST_NEWS + 1)
        if not (matters or news):
            raise NotFound(f"no topic tells of {request.matter_id}", reason="JOURNEY_NOT_FOUND")
        return pb.GetJourneyResponse(
            journey_id=journey_id,
            steps=views.in_order(logs, news[:MOST_NEWS]),
            matters=map(views.standing, matters),
            more=len(news) > MOST_NEWS,
        )

    @rpc
    def ListHoldings(self, request: pb.ListHoldingsRequest) -> pb.ListHoldingsResponse:
        size, after = size_of(request.page_size), place_of(request.page_token)
        at = instant(request.at) if request.HasField("at") else self.uow.now
        party = (request.service, request.organisation)
        found = store.held_at(self.uow.session, at, party, after and after[1:], size + 1)
        following = next_page(found, size, lambda row: (0, row[0].since, row[0].matter_id))
        shown = [views.held(*row) for row in found[:size]]
        return pb.ListHoldingsResponse(holdings=shown, next_page_token=following, at=timestamp(at))

    @rpc
    def GetCounts(self, request: pb.GetCountsRequest) -> pb.GetCountsResponse:
        span = months(request.first_month, request.last_month)
        found = figures.counts(self.uow.session, span)
        return pb.GetCountsResponse(counts=map(views.count, found))

    @rpc
    def GetHops(self, request: pb.GetHopsRequest) -> pb.GetHopsResponse:
        span = months(request.first_month, request.last_month)
        return pb.GetHopsResponse(hops=map(views.hop, figures.hops(self.uow.session, span)))

    @rpc
    def GetLapses(self, request: pb.GetLapsesRequest) -> pb.GetLapsesResponse:
        span = months(request.first_month, request.last_month)
        found = figures.lapses(self.uow.session, span)
        return pb.GetLapsesResponse(parties=map(views.lapses, found))

    @rpc
    def GetMorning(self, request: pb.GetMorningRequest) -> pb.GetMorningResponse:
        day = day_of("date", request.date) if request.date else local_day(self.uow.now)
        ends = end_of(day)
        found = figures.lapsing(self.uow.session, ends, MOST_OFFERS)
        return pb.GetMorningResponse(
            date=day.isoformat(),
            offers=[views.open_offer(custody, offer) for custody, offer, _ in found],
            total=found[0][2] if found else 0,
            results=map(views.result, figures.results(self.uow.session, ends, MOST_OFFERS)),
            parties=map(views.owed, figures.owed(self.uow.session, ends)),
        )

    @rpc
    def GetParked(self, _request: pb.GetParkedRequest) -> pb.GetParkedResponse:
        found = [_parked_of(name, calls) for name, calls in self.services.items()]
        return pb.GetParkedResponse(services=found)


def _parked_of(service: str, calls: Calls) -> pb.ParkedOf:
    """What waits in a service; one that does not answer leaves the others' answers whole."""
    try:
        told = calls.call(operations.ReadParkedRequest(), operations.ReadParkedResponse)
    except (Unavailable, NeighbourRefused) as error:
        return pb.ParkedOf(service=service, silent=getattr(error, "reason", "REFUSED"))
    return pb.ParkedOf(service=service, keys=told.keys, total=told.total)
