"""The rpc that tells what became of complaints: it reads, and changes nothing."""

from datetime import datetime

from estafet.complaint.v1 import service_pb2 as pb

from services.chassis.errors import Invalid
from services.chassis.instants import day_of, timestamp
from services.chassis.rpc import rpc
from services.complaint.acting import Acting
from services.complaint.categories import category
from services.complaint.statistics_store import Cohort, Rules, count
from services.complaint.statistics_view import COMPLAINANT, COMPLAINT, RECEIVER, View
from services.complaint.steps import OFFERED
from services.complaint.workflow import HERE, LAW, OFFICES
from services.handover.baton import HandoverReactions
from services.handover.custody import DEFAULT_LIMITS
from services.process.calendar import KP2MI, Span, local_day
from services.process.calendars import CALENDARS
from services.process.workflow import Workflow

AUDITOR = "auditor"
# The clock of the complainant, which no officer can break.
COMPLAINANTS = ("documents",)
# By stage, the clock by which the law counts there.
STAGE_CLOCKS = {
    "received": "triage",
    "validation": "documents",
    "triaged": "distribution",
    "consultation": "consultation",
    "claim": "claim",
    "clarification_1": "clarification_1",
    "clarification_2": "clarification_2",
    "offered": "offer",
    "returned": "follow_up",
}


class Statistics(Acting):
    """What became of a cohort of complaints."""

    @rpc
    def GetStatistics(self, request: pb.GetStatisticsRequest) -> pb.GetStatisticsResponse:
        cohort, now = cohort_of(request), self.uow.now
        rules = rules_of(now)
        counts = count(self.uow.session, cohort, rules, now)
        answer = pb.GetStatisticsResponse(
            filed_from=request.filed_from, filed_until=request.filed_until, as_of=timestamp(now)
        )
        frank = AUDITOR in self.uow.caller.roles
        View(counts, law_of(now), rules.working, binds, frank).fill(answer)
        return answer


def cohort_of(request: pb.GetStatisticsRequest) -> Cohort:
    """The cohort that is asked for; Invalid."""
    first = day_of("filed_from", request.filed_from)
    last = day_of("filed_until", request.filed_until)
    if last < first:
        raise Invalid(
            f"the span ends on {last}, before it begins on {first}",
            reason="ENDS_BEFORE_IT_BEGINS",
            fields=(("filed_until", "gte", "must not be before filed_from"),),
        )
    if request.category:
        category(request.category)
    if request.unit:
        OFFICES.of(request.unit)
    return Cohort(first, last, request.category, request.country, request.unit)


def law_of(now: datetime) -> Workflow:
    """The law that holds now for what is filed now."""
    return LAW.of(local_day(now), local_day(now)).workflow


def rules_of(now: datetime) -> Rules:
    """What counting needs of the law."""
    return Rules(
        working=working_stages(law_of(now)),
        receivers=OFFERED,
        complainants=COMPLAINANTS,
        here=HERE,
        coordinator=HandoverReactions.coordinator_unit,
        lapses=DEFAULT_LIMITS.lapses,
        calendar=CALENDARS.of(KP2MI, local_day(now)),
    )


def working_stages(law: Workflow) -> tuple[str, ...]:
    """The stages in which the law counts working days."""
    spans = {stage: law.clocks[clock].span for stage, clock in STAGE_CLOCKS.items()}
    return tuple(stage for stage, span in spans.items() if span is Span.WORKING_DAYS)


def binds(clock: str) -> str:
    """Whom a clock binds."""
    if clock in COMPLAINANTS:
        return COMPLAINANT
    return RECEIVER if clock in OFFERED else COMPLAINT
