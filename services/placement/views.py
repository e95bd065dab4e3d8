"""What placement keeps as the proto shows it, and a request as the domain takes it."""

from datetime import date

from estafet.placement.v1 import service_pb2 as pb

from services.chassis.instants import day_of, timestamp
from services.handover.custody import Custody, Offer
from services.handover.views import offered
from services.placement.domain.p3mi import Lock, P3mi
from services.placement.domain.sanction import Recommendation, SanctionFile, WorkerMatter
from services.placement.domain.worker import Placement, Wish


def p3mi_view(p3mi: P3mi, today: date) -> pb.P3mi:
    """An agency with the decisions that are in force."""
    return pb.P3mi(
        p3mi_id=p3mi.p3mi_id,
        name=p3mi.name,
        licence_no=p3mi.licence_no,
        locks=[_lock_view(lock) for lock in p3mi.locks_on(today)],
    )


def _lock_view(lock: Lock) -> pb.Lock:
    return pb.Lock(
        decision_id=lock.decision_id,
        decision_no=lock.decision_no,
        article=lock.article,
        countries=lock.countries,
        signatory=lock.signatory,
        decided_on=lock.decided_on.isoformat(),
        expires_on=_text(lock.expires_on),
    )


def _text(day: date | None) -> str:
    return day.isoformat() if day else ""


def lock_of(request: pb.LockP3miRequest, decision_id: str, p3mi_id: str, today: date) -> Lock:
    """The decision that a request states."""
    return Lock(
        decision_id=decision_id,
        p3mi_id=p3mi_id,
        decision_no=request.decision_no,
        article=request.article,
        countries=tuple(request.countries),
        signatory=request.signatory,
        decided_on=today,
        expires_on=day_of("expires_on", request.expires_on) if request.expires_on else None,
    )


def ground_code(value: pb.ErasureGround.ValueType) -> str:
    """Why somebody is erased, as the event writes it."""
    return pb.ErasureGround.Name(value).removeprefix("ERASURE_GROUND_").lower()


def placement_view(placement: Placement) -> pb.Placement:
    """A placement."""
    return pb.Placement(
        placement_id=placement.placement_id,
        worker_id=placement.worker_id,
        p3mi_id=placement.p3mi_id,
        country=placement.country,
        status=pb.PlacementStatus.Value(f"PLACEMENT_STATUS_{placement.status.name}"),
        departed_on=_text(placement.departed_on),
        returned_on=_text(placement.returned_on),
    )


def offer_view(asked: Recommendation, offer: Offer) -> pb.Offer:
    """An offer that waits for an answer."""
    return pb.Offer(
        **offered(offer), p3mi_id=asked.p3mi_id, violation=asked.violation, note_id=asked.note_id
    )


def file_view(file: SanctionFile) -> pb.SanctionFile:
    """A sanction file."""
    return pb.SanctionFile(
        file_id=file.file_id,
        matter_id=file.matter_id,
        p3mi_id=file.p3mi_id,
        violation=file.violation,
        status=pb.FileStatus.Value(f"FILE_STATUS_{file.status.name}"),
        decision_id=file.decision_id,
        note_id=file.note_id,
        taken_at=timestamp(file.taken_at),
    )


def worker_matter_view(matter: WorkerMatter, custody: Custody, worker_id: str) -> pb.WorkerMatter:
    """A worker's matter that waits for placement."""
    question = custody.open_offer
    return pb.WorkerMatter(
        matter_id=matter.matter_id,
        placement_id=matter.placement_id,
        worker_id=worker_id,
        held_since=timestamp(custody.held_since),
        setbacks=custody.setbacks,
        question_note_id=question.question_note_id if question else "",
    )


def wish_view(wish: Wish) -> pb.Wish:
    """A wish to go again."""
    return pb.Wish(
        plan_id=wish.plan_id,
        worker_id=wish.worker_id,
        country=wish.country,
        wished_at=timestamp(wish.wished_at),
    )
