"""A complaint as the proto shows it, and a request as the domain takes it."""

from estafet.complaint.v1 import service_pb2 as pb

from services.chassis.instants import timestamp
from services.complaint.domain import Complaint, Particulars
from services.complaint.status import Stage, due_at, stage_of
from services.handover.custody import Custody, OfferState
from services.process.acts import Act

# What a filing may carry and Particulars keep, under the same name in both.
PERSONAL = (
    "narrative",
    "complainant_name",
    "contact",
    "worker_name",
    "employer_name",
    "p3mi_name",
)


def channel_code(value: pb.Channel.ValueType) -> str:
    """A channel as the domain and the events write it; empty when unspecified."""
    return pb.Channel.Name(value).removeprefix("CHANNEL_").lower() if value else ""


def reporter_code(value: pb.Reporter.ValueType) -> str:
    """A reporter as the domain and the events write it; empty when unspecified."""
    return pb.Reporter.Name(value).removeprefix("REPORTER_").lower() if value else ""


def stage_value(stage: Stage) -> pb.Stage.ValueType:
    """A stage as the proto has it."""
    return pb.Stage.Value(f"STAGE_{stage.name}")


def stage_filter(value: pb.Stage.ValueType) -> Stage | None:
    """The stage that a list is asked for; None for every open complaint."""
    return Stage[pb.Stage.Name(value).removeprefix("STAGE_")] if value else None


def personal(request: pb.FileComplaintRequest) -> dict[str, str]:
    """The personal fields of a filing, by the names that Particulars have."""
    return {name: getattr(request, name) for name in PERSONAL}


def with_particulars(complaint: pb.Complaint, particulars: Particulars) -> pb.GetComplaintResponse:
    """A complaint with its personal data."""
    told = {name: getattr(particulars, name) for name in PERSONAL}
    return pb.GetComplaintResponse(complaint=complaint, **told)


def complaint_view(complaint: Complaint, custody: Custody) -> pb.Complaint:
    """What the queue shows."""
    offer = custody.open_offer
    asked = offer is not None and offer.state is OfferState.ASKED
    return pb.Complaint(
        complaint_id=complaint.complaint_id,
        stage=stage_value(stage_of(complaint, custody)),
        channel=_channel(complaint.channel),
        reporter=_reporter(complaint.reporter),
        country=complaint.country,
        category=complaint.category,
        severity=complaint.severity,
        urgent=complaint.in_danger,
        filed_at=timestamp(complaint.filed_at),
        holder=custody.holder.to_proto(),
        offer_no=offer.offer_no if offer else 0,
        due_at=timestamp(due_at(complaint, custody)),
        question_note_id=offer.question_note_id if offer and asked else "",
        setbacks=custody.setbacks,
        result=complaint.result,
        ground=complaint.ground,
        worker_id=complaint.worker_id,
        merged_into=complaint.merged_into,
        version=complaint.version,
    )


def act_view(act: Act) -> pb.Act:
    """What somebody did."""
    return pb.Act(
        action=act.action,
        acted_at=timestamp(act.acted_at),
        state=act.state,
        version=act.version,
        regulation=act.regulation,
        actor=act.actor,
        reason=act.reason,
        clock=act.clock,
        due_at=timestamp(act.due_at),
        evidence=act.evidence.split(),
        officer_id=act.officer_id,
    )


def _channel(code: str) -> pb.Channel.ValueType:
    return pb.Channel.Value(f"CHANNEL_{code.upper() or 'UNSPECIFIED'}")


def _reporter(code: str) -> pb.Reporter.ValueType:
    return pb.Reporter.Value(f"REPORTER_{code.upper() or 'UNSPECIFIED'}")
