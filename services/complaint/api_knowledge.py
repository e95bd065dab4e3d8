"""The rpcs of what anybody may know: pages, and which mission serves a place. They read files, and
change nothing."""

from datetime import UTC, date, datetime

from estafet.complaint.v1 import service_pb2 as pb

from services.chassis.errors import NotFound
from services.chassis.instants import day_of
from services.chassis.paging import Place, next_page, place_of, size_of
from services.chassis.rpc import rpc
from services.complaint.acting import Acting
from services.complaint.missions import missions
from services.complaint.pages import Page, library
from services.complaint.pages_search import index_of
from services.complaint.pages_views import mission_view, page_view, source_view
from services.complaint.status import DEFAULT_LANGUAGE
from services.process.calendar import local_day

HITS = 10
# Read when the service starts, so that what is wrong with them stops it there.
PAGES, MISSIONS = library(), missions()


class Knowledge(Acting):
    """Pages with their sources, and the missions abroad."""

    @rpc
    def ListPages(self, request: pb.ListPagesRequest) -> pb.ListPagesResponse:
        pages = PAGES.current(request.language or DEFAULT_LANGUAGE, self._today())
        size, after = size_of(request.page_size), place_of(request.page_token)
        rest = [page for page in pages if after is None or page.head.slug > after[2]]
        return pb.ListPagesResponse(
            pages=[page_view(page) for page in rest[:size]],
            next_page_token=next_page(rest, size, _place),
        )

    @rpc
    def SearchPages(self, request: pb.SearchPagesRequest) -> pb.SearchPagesResponse:
        index = index_of(request.language or DEFAULT_LANGUAGE, self._today())
        hits = index.search(request.query, HITS)
        return pb.SearchPagesResponse(pages=[page_view(hit.page) for hit in hits])

    @rpc
    def GetPage(self, request: pb.GetPageRequest) -> pb.GetPageResponse:
        language, today = request.language or DEFAULT_LANGUAGE, self._today()
        page = PAGES.get(request.slug, language, today, request.version)
        return self._shown(page, PAGES.get(request.slug, language, today), today)

    @rpc
    def FindMission(self, request: pb.FindMissionRequest) -> pb.FindMissionResponse:
        on = day_of("on", request.on) if request.on else self._today()
        found = MISSIONS.find(request.country, request.region, on)
        if found is None:
            raise NotFound("no mission in that country is known", reason="MISSION_UNKNOWN")
        return mission_view(found)

    def _shown(self, page: Page, current: Page, today: date) -> pb.GetPageResponse:
        text, sources = page.shown(today)
        shown = pb.GetPageResponse(
            page=page_view(page),
            text=text,
            sources=[source_view(each) for each in sources],
            current_version=current.head.version,
        )
        for each in PAGES.versions(page):
            shown.versions.add(
                version=each.head.version, valid_from=each.head.valid_from.isoformat()
            )
        return shown

    def _today(self) -> date:
        return local_day(self.uow.now)


def _place(page: Page) -> Place:
    """Its slug: pages are listed by nothing else."""
    return 0, datetime.min.replace(tzinfo=UTC), page.head.slug
