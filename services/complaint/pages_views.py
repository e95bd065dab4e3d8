"""Pages and missions as the protos show them."""

from datetime import date

from estafet.complaint.v1 import service_pb2 as pb

from services.complaint.missions import Confidence, Found, telephones
from services.complaint.missions_told import sources_of
from services.complaint.page_words import Source
from services.complaint.pages import Page


def page_view(page: Page) -> pb.PageSummary:
    """A page without its text."""
    head = page.head
    return pb.PageSummary(
        slug=head.slug,
        title=head.title,
        summary=head.summary,
        question=head.question,
        answer=head.answer,
        version=head.version,
        valid_from=head.valid_from.isoformat(),
        confidence=pb.PageConfidence.Value(f"PAGE_CONFIDENCE_{head.confidence.name}"),
    )


def source_view(source: Source) -> pb.PageSource:
    """Where something was read."""
    return pb.PageSource(name=source.name, url=source.url, read_on=_iso(source.read_on))


def mission_view(found: Found) -> pb.FindMissionResponse:
    """A mission, how it was found, and what is known of it."""
    row = found.row
    shown = pb.FindMissionResponse(
        mission=row.mission,
        kind=pb.MissionKind.Value(f"MISSION_KIND_{row.kind.name}"),
        basis=pb.MissionBasis.Value(f"MISSION_BASIS_{found.basis.name}"),
        region=row.region,
        verified=row.confidence is Confidence.READ,
        sources=[source_view(each) for each in sources_of(row)],
        valid_from=_iso(row.valid_from),
        valid_until=_iso(row.valid_until),
    )
    for each in telephones().get(row.mission, ()):
        told_on = each.told_on.isoformat()
        shown.telephones.add(number=each.number, told_on=told_on, source=each.source)
    return shown


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
