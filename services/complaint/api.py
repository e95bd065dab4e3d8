"""The complaint service's rpcs: get, act, emit, answer."""

from datetime import timedelta

from estafet.complaint.v1 import service_pb2 as pb

from services.chassis.errors import Invalid, NotFound
from services.chassis.identity import COMPLAINANT
from services.chassis.instants import timestamp
from services.chassis.paging import next_page, place_of, size_of
from services.chassis.rpc import rpc
from services.chassis.unit_of_work import Database, read_note
from services.complaint import store
from services.complaint.access import ComplainantAccess
from services.complaint.categories import categories, category
from services.complaint.domain import DANGER, RECEIVER, Answer, Complaint, Particulars
from services.complaint.number import new_number
from services.complaint.status import MINISTRIES, due_at, stage_of, summary
from services.complaint.views import (
    channel_code,
    complaint_view,
    personal,
    reporter_code,
    stage_filter,
    stage_value,
    with_particulars,
)
from services.complaint.workflow import WORKFLOW
from services.handover import holding
from services.handover.custody import Custody, Offer, Party
from services.handover.receiving import must_be_offered_to
from services.handover.store import holds
from services.handover.writing import held
from services.process.workflow import Clock, Ground

KIND = "complaint"
HERE = Party("complaint", "kp2mi", "layanan_pengaduan")
REFERRAL_CLOCK = WORKFLOW.clocks["referral"]
RECEIVERS = {RECEIVER: Party(RECEIVER, "kp2mi", "pelindungan")}


class ComplaintApi:
    """Intake, triage, hand-over, answer, closing. Custody is locked before the complaint."""

    name = "complaint"
    uow = Database()
    access = ComplainantAccess()
    holds = staticmethod(holds)

    @rpc(derived="secret")
    def FileComplaint(self, request: pb.FileComplaintRequest) -> pb.FileComplaintResponse:
        complaint_id, number = self.uow.new_id(), new_number()
        kept = self.access.hash(number, self.uow.secret)
        complaint = Complaint(
            complaint_id,
            channel=channel_code(request.channel),
            reporter=reporter_code(request.reporter),
            country=request.country,
            urgent=request.urgent,
            filed_at=self.uow.now,
        )
        self.uow.add(complaint)
        self.uow.add(Particulars(complaint_id, number, kept, **personal(request)))
        holding.open_matter(self.uow, complaint_id, KIND, HERE)
        self.uow.emit(complaint.file())
        return pb.FileComplaintResponse(complaint_id=complaint_id, number=number)

    @rpc
    def OpenAccess(self, request: pb.OpenAccessRequest) -> pb.OpenAccessResponse:
        grant = self.access.open(request.number, request.secret)
        return pb.OpenAccessResponse(
            complaint_id=grant.complaint_id,
            token=grant.token,
            expires_at=timestamp(grant.expires_at),
        )

    @rpc
    def GetStatus(self, request: pb.GetStatusRequest) -> pb.GetStatusResponse:
        complaint = self.uow.read(Complaint, request.complaint_id)
        custody = self.uow.read(Custody, request.complaint_id)
        status = pb.GetStatusResponse(
            complaint_id=complaint.complaint_id,
            stage=stage_value(stage_of(complaint, custody)),
            summary=summary(complaint, custody, request.language),
            holder=custody.holder.to_proto(),
            held_since=timestamp(custody.held_since),
            due_at=timestamp(due_at(complaint, custody)),
            ground=complaint.ground,
        )
        if COMPLAINANT in self.uow.caller.roles:
            self._add_own(status)
        return status

    def _add_own(self, status: pb.GetStatusResponse) -> None:
        """What is the complainant's own: officers read it for a purpose, which is logged."""
        status.number = self.uow.read(Particulars, status.complaint_id).number
        for text, at in store.answers(self.uow.session, status.complaint_id):
            status.answers.add(text=text, answered_at=timestamp(at))

    @rpc
    def GetComplaint(self, request: pb.GetComplaintRequest) -> pb.GetComplaintResponse:
        complaint = self.uow.read(Complaint, request.complaint_id)
        custody = self.uow.read(Custody, request.complaint_id)
        particulars = self.uow.read(Particulars, request.complaint_id)
        self.uow.log_read(request.complaint_id, request.purpose)
        return with_particulars(complaint_view(complaint, custody), particulars)

    @rpc
    def ListComplaints(self, request: pb.ListComplaintsRequest) -> pb.ListComplaintsResponse:
        size, after = size_of(request.page_size), place_of(request.page_token)
        found = store.queue(self.uow.session, stage_filter(request.stage), after, size + 1)
        shown = [complaint_view(complaint, custody) for complaint, custody in found[:size]]
        following = next_page(found, size, place)
        return pb.ListComplaintsResponse(complaints=shown, next_page_token=following)

    @rpc
    def TriageComplaint(self, request: pb.TriageComplaintRequest) -> pb.TriageComplaintResponse:
        offer = held(self.uow, request.complaint_id).open_offer
        complaint = self.uow.get(Complaint, request.complaint_id)
        # A ministry is asked for help with whatever category; a deputy takes those that name it.
        offered_to = offer.receiver.service if offer and not is_referral(offer) else ""
        event = complaint.triage(category(request.category), request.severity, offered_to)
        complaint.triage_no = self.uow.emit_numbered(event) or complaint.triage_no
        return pb.TriageComplaintResponse()

    @rpc
    def OfferComplaint(self, request: pb.OfferComplaintRequest) -> pb.OfferComplaintResponse:
        held(self.uow, request.complaint_id)
        complaint = self.uow.get(Complaint, request.complaint_id)
        brief = complaint.offer(categories().get(complaint.category))
        clock = offer_clock(complaint)
        offer = holding.offer(
            self.uow,
            complaint.complaint_id,
            RECEIVERS[RECEIVER],
            brief,
            clock.due_at(self.uow.now),
            clock.regulation,
        )
        return pb.OfferComplaintResponse(offer_no=offer.offer_no, due_at=timestamp(offer.due_at))

    @rpc
    def ReferComplaint(self, request: pb.ReferComplaintRequest) -> pb.ReferComplaintResponse:
        held(self.uow, request.complaint_id)
        brief = self.uow.get(Complaint, request.complaint_id).refer(request.request)
        due_at = REFERRAL_CLOCK.due_at(self.uow.now)
        ministry, regulation = Party(MINISTRIES, request.ministry), REFERRAL_CLOCK.regulation
        offer = holding.offer(self.uow, request.complaint_id, ministry, brief, due_at, regulation)
        return pb.ReferComplaintResponse(offer_no=offer.offer_no, due_at=timestamp(offer.due_at))

    @rpc
    def WithdrawOffer(self, request: pb.WithdrawOfferRequest) -> pb.WithdrawOfferResponse:
        holding.withdraw(self.uow, request.complaint_id)
        return pb.WithdrawOfferResponse()

    @rpc
    def ClarifyOffer(self, request: pb.ClarifyOfferRequest) -> pb.ClarifyOfferResponse:
        complaint = self.uow.read(Complaint, request.complaint_id)
        offer = held(self.uow, request.complaint_id).open_offer
        clock = REFERRAL_CLOCK if offer and is_referral(offer) else offer_clock(complaint)
        due = clock.due_at(self.uow.now)
        holding.clarify(self.uow, request.complaint_id, request.text, due)
        return pb.ClarifyOfferResponse()

    @rpc
    def AnswerComplaint(self, request: pb.AnswerComplaintRequest) -> pb.AnswerComplaintResponse:
        complaint = self.uow.get(Complaint, request.complaint_id)
        self.uow.find(Custody, request.complaint_id)  # its trace is what this act links back to
        note_id = self.uow.write_note(request.complaint_id, request.text)
        answer = Answer(note_id, request.complaint_id, self.uow.now)
        self.uow.emit(complaint.answer(answer))
        self.uow.add(answer)
        return pb.AnswerComplaintResponse()

    @rpc
    def CloseComplaint(self, request: pb.CloseComplaintRequest) -> pb.CloseComplaintResponse:
        ground = ground_of(request.ground)
        holding.close(self.uow, request.complaint_id, ground.code, ground.article)
        complaint = self.uow.get(Complaint, request.complaint_id)
        self.uow.emit(complaint.close(ground, self.uow.now))
        return pb.CloseComplaintResponse()

    @rpc
    def ReopenComplaint(self, request: pb.ReopenComplaintRequest) -> pb.ReopenComplaintResponse:
        window = timedelta(days=WORKFLOW.clocks["reopen"].value)
        holding.reopen(self.uow, request.complaint_id, request.code, window)
        due = WORKFLOW.clocks["follow_up"].due_at(self.uow.now)
        self.uow.get(Complaint, request.complaint_id).reopen(due)
        return pb.ReopenComplaintResponse()

    @rpc
    def LinkPerson(self, request: pb.LinkPersonRequest) -> pb.LinkPersonResponse:
        complaint = self.uow.get(Complaint, request.complaint_id)
        self.uow.find(Custody, request.complaint_id)  # its trace is what this act links back to
        self.uow.emit(complaint.link(request.worker_id))
        return pb.LinkPersonResponse()

    @rpc
    def UnlinkPerson(self, request: pb.UnlinkPersonRequest) -> pb.UnlinkPersonResponse:
        complaint = self.uow.get(Complaint, request.complaint_id)
        self.uow.find(Custody, request.complaint_id)
        self.uow.emit(complaint.unlink())
        return pb.UnlinkPersonResponse()

    @rpc
    def GetNote(self, request: pb.GetNoteRequest) -> pb.GetNoteResponse:
        must_be_offered_to(self.uow, request.complaint_id)
        is_answer = self.uow.find(Answer, request.note_id) is not None
        if COMPLAINANT in self.uow.caller.roles and not is_answer:
            raise NotFound(f"note {request.note_id} does not exist")
        text, at = read_note(self.uow.session, request.complaint_id, request.note_id)
        self.uow.log_read(request.complaint_id, request.purpose)
        return pb.GetNoteResponse(text=text, written_at=timestamp(at))


def place(row: tuple[Complaint, Custody]) -> store.Place:
    """Where a complaint stands in the queue."""
    complaint, _ = row
    return complaint.rank, complaint.filed_at, complaint.complaint_id


def is_referral(offer: Offer) -> bool:
    """Whether it is to a ministry."""
    return offer.receiver.service == MINISTRIES


def offer_clock(complaint: Complaint) -> Clock:
    """How long a receiver has: less when a life is in danger."""
    in_danger = complaint.severity == DANGER
    return WORKFLOW.clocks["offer_in_danger" if in_danger else "offer"]


def ground_of(code: str) -> Ground:
    """The closure ground of a code; Invalid when the workflow names none."""
    found = WORKFLOW.grounds.get(code)
    if found is None:
        known = ", ".join(WORKFLOW.grounds)
        raise Invalid(
            f"ground {code} is not known",
            reason="UNKNOWN_GROUND",
            fields=(("ground", "in", f"must be one of {known}"),),
        )
    return found
