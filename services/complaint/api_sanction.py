"""The rpcs about a sanction that complaint recommends to placement: get, act, emit, answer."""

from datetime import datetime

from estafet.complaint.v1 import service_pb2 as pb

from services.chassis.errors import NotFound
from services.chassis.instants import timestamp
from services.chassis.rpc import rpc
from services.chassis.unit_of_work import UnitOfWork
from services.complaint.api_clarification import Clarifying
from services.complaint.domain import Complaint
from services.complaint.sanction import CLOCK, SANCTION, RecommendedSanction
from services.complaint.steps import receivers_calendar
from services.complaint.workflow import HERE
from services.handover import holding
from services.handover.custody import Custody, Party
from services.handover.writing import held_even_closed
from services.process.acts import Allowed, Guards

NOT_PURSUED = "not_pursued"
PLACEMENT = Party("placement", "kp2mi", "pengawasan")
# Who works with every text of complaint's; others read about what they are given.
OURS = frozenset({"complaint_officer", "case_officer", "service", "complainant"})


class Sanctions(Clarifying):
    """A broken and admitted promise goes to placement without a mediation."""

    @rpc
    def RecommendSanction(
        self, request: pb.RecommendSanctionRequest
    ) -> pb.RecommendSanctionResponse:
        complaint, custody = self._held(request)
        found = self._going_on(complaint, custody)
        asked = self._asked_of(found, request.p3mi_id)
        allowed = self._act("RecommendSanction", complaint, custody, request.violation, asked)
        if found is not None:
            found.p3mi_id = found.p3mi_id or request.p3mi_id
        p3mi_id = found.p3mi_id if found else request.p3mi_id
        sanction = self._sanction_of(complaint, p3mi_id)
        sanction.violation = request.violation
        sanction.note_id = self.uow.write_note(sanction.matter_id, request.text)
        clock, due_at = allowed.law.clocks[CLOCK], self._begin_clock(allowed, sanction)
        brief, matter_id = sanction.brief(), sanction.matter_id
        offer = holding.offer(self.uow, matter_id, PLACEMENT, brief, due_at, clock.regulation)
        return pb.RecommendSanctionResponse(
            matter_id=matter_id, offer_no=offer.offer_no, due_at=timestamp(offer.due_at)
        )

    def _sanction_of(self, complaint: Complaint, p3mi_id: str) -> RecommendedSanction:
        """The one that placement has not taken, or a fresh one, a child of the complaint's
        matter."""
        if complaint.sanction_id:
            before = self.uow.get(Custody, complaint.sanction_id)
            if not before.closed:
                return self.uow.get(RecommendedSanction, complaint.sanction_id)
        made = RecommendedSanction(self.uow.new_id(), complaint.complaint_id, p3mi_id, "", "")
        self.uow.add(made)
        holding.open_child(self.uow, complaint.complaint_id, made.matter_id, SANCTION, HERE)
        complaint.sanction_id = made.matter_id
        return made

    @rpc
    def ClarifySanction(self, request: pb.ClarifySanctionRequest) -> pb.ClarifySanctionResponse:
        complaint, custody = self._about_sanction(request)
        asked = self._has_sanction(complaint)
        allowed = self._act("ClarifySanction", complaint, custody, asked=asked)
        sanction = self.uow.get(RecommendedSanction, complaint.sanction_id)
        due_at = self._begin_clock(allowed, sanction)
        holding.clarify(self.uow, complaint.sanction_id, request.text, due_at)
        return pb.ClarifySanctionResponse()

    def _begin_clock(self, allowed: Allowed, sanction: RecommendedSanction) -> datetime:
        """Start the clock of placement's answer; until when that runs."""
        calendar = receivers_calendar(self.uow)
        due_at = sanction.start_clock(allowed.law.clocks[CLOCK], self.uow.now, calendar)
        return allowed.started(CLOCK, due_at)

    @rpc
    def DropSanction(self, request: pb.DropSanctionRequest) -> pb.DropSanctionResponse:
        complaint, custody = self._about_sanction(request)
        allowed = self._act("DropSanction", complaint, custody, asked=self._has_sanction(complaint))
        sanction = self.uow.get(RecommendedSanction, complaint.sanction_id)
        sanction.dropped_note_id = self.uow.write_note(sanction.matter_id, request.text)
        ground = allowed.law.ground(NOT_PURSUED, by="DropSanction")
        holding.close(self.uow, sanction.matter_id, ground.code, ground.article)
        return pb.DropSanctionResponse()

    def _about_sanction(
        self, request: pb.ClarifySanctionRequest | pb.DropSanctionRequest
    ) -> tuple[Complaint, Custody]:
        """The complaint whoever holds it; the custody of its sanction is locked before it."""
        known = self.uow.read(Complaint, request.complaint_id)
        if known.sanction_id:
            held_even_closed(self.uow, known.sanction_id)
        return self._with_custody(request)

    def _has_sanction(self, complaint: Complaint) -> Guards:
        """What the actions about a recommended sanction need: that there is one, and open."""

        def has_sanction() -> bool:
            sanction_id = complaint.sanction_id
            return bool(sanction_id) and not self.uow.read(Custody, sanction_id).closed

        return {"has_sanction": has_sanction}


def must_concern(uow: UnitOfWork, matter_id: str) -> None:
    """NotFound for an officer of placement who asks about more than a recommended sanction."""
    if OURS.isdisjoint(uow.caller.roles) and not uow.find(RecommendedSanction, matter_id):
        raise NotFound(f"matter {matter_id} has no note for you")
