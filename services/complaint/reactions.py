"""What complaint does when others act."""

from estafet.handover.v1.custody_pb2 import HandoverReturned
from estafet.protection.v1.events_pb2 import CaseOpened, MediationHeld

from services.chassis.reaction import nobody_waits, on_event
from services.chassis.timers import every, on_timer
from services.chassis.unit_of_work import Database
from services.complaint import follow_up, store
from services.complaint.access import TRIES_COUNT_FOR
from services.complaint.domain import Complaint, Progress
from services.complaint.status import MINISTRIES, Stage, standing
from services.complaint.workflow import LAW
from services.handover.baton import HandoverReactions
from services.handover.custody import SILENT, Custody
from services.process.acts import heard

KIND = "complaint"


class ComplaintCustody(HandoverReactions):
    """Keeps the custody of matters and decides the replies to complaint's offers."""

    name = "complaint.custody"

    def on_returned(self, custody: Custody, returned: HandoverReturned) -> None:
        """Complaint holds again: its own part has a clock of its own."""
        if custody.kind == KIND:
            complaint = self.uow.get(Complaint, custody.matter_id)
            # A ministry that was silent has no result: complaint goes on where it was.
            complaint.come_back("" if returned.result == SILENT else returned.result)
            was = Stage.WATCHED if returned.receiver.service == MINISTRIES else Stage.HANDED_OVER
            where = standing(complaint, was, self.uow.now)
            told = heard(self.uow, LAW, where, "given_back", returned.result)
            follow_up.begin(self.uow, complaint, told.starts(follow_up.CLOCK))

    @on_timer(follow_up.KIND)
    def miss_follow_up(self, complaint_id: str, number: int) -> None:
        """Complaint has not done its own part in time."""
        follow_up.run_out(self.uow, self.uow.get(Complaint, complaint_id), number)


class ComplaintReactions:
    """Lets the status say how far the deputy that holds a complaint has come."""

    name = "complaint.reactions"
    uow = Database()

    # Whoever asks for the status does not see the last moment.
    can_wait = staticmethod(nobody_waits)

    @on_event(CaseOpened)
    def show_case_opened(self, event: CaseOpened) -> None:
        self._show(event.matter_id, event.case_id, Progress.CASE_OPENED)

    @on_event(MediationHeld)
    def show_mediation_held(self, event: MediationHeld) -> None:
        self._show(event.matter_id, event.case_id, Progress.MEDIATION_HELD)

    def _show(self, matter_id: str, case_id: str, progress: Progress) -> None:
        """The case of an earlier hand-over, or of another deputy's matter, changes nothing."""
        custody = self.uow.find(Custody, matter_id)
        offer = custody.last_offer if custody and custody.kind == KIND else None
        if offer is not None and offer.resource_id == case_id:
            self.uow.get(Complaint, matter_id).show(progress)

    @every(300)
    def forget_tries(self) -> None:
        """Tries of OpenAccess count for 15 minutes only."""
        store.forget_tries(self.uow.session, older_than=TRIES_COUNT_FOR)
