"""The complaint service's rpcs: get, act, emit, answer."""

from estafet.complaint.v1 import service_pb2 as pb
from google.protobuf.message import Message

from services.chassis.errors import NotFound
from services.chassis.identity import COMPLAINANT
from services.chassis.instants import timestamp
from services.chassis.paging import next_page, place_of, size_of
from services.chassis.rpc import rpc
from services.chassis.unit_of_work import read_note
from services.complaint import queues, store
from services.complaint.access import ComplainantAccess
from services.complaint.acting import REFERRAL, clock_of, is_referral, offer_clock
from services.complaint.api_contact import Contacts
from services.complaint.api_custody import Custodians
from services.complaint.api_invitation import Invited
from services.complaint.api_knowledge import Knowledge
from services.complaint.api_rights import Rights
from services.complaint.api_sanction import Sanctions, must_concern
from services.complaint.api_stages import Stages
from services.complaint.api_statistics import Statistics
from services.complaint.asked import twins
from services.complaint.categories import category
from services.complaint.consent import IN_DANGER, VITAL_INTEREST, agreed, basis_of
from services.complaint.contact import plan_of
from services.complaint.custodians import give_to_queue
from services.complaint.domain import RECEIVER, Answer, Complaint, Particulars
from services.complaint.number import new_number
from services.complaint.receivers import has_receiver
from services.complaint.status import (
    MINISTRIES,
    Stage,
    due_at,
    stage_of,
    standing,
    summary,
    window_of,
)
from services.complaint.telling import tell, tell_closed, tell_twins
from services.complaint.twins import end_of
from services.complaint.views import (
    act_view,
    channel_code,
    complaint_view,
    personal,
    reporter_code,
    stage_filter,
    stage_value,
    with_particulars,
)
from services.complaint.workflow import FOLLOW_UP, HERE, KIND, LAW
from services.handover import holding
from services.handover.custody import Custody, Offer, Party
from services.handover.receiving import must_be_offered_to
from services.handover.store import holds
from services.messages import outbox
from services.process.acts import NOWHERE, Allowed, act
from services.process.calendar import local_day

RECEIVERS = {RECEIVER: Party(RECEIVER, "kp2mi", "pelindungan")}


class ComplaintApi(Stages, Custodians, Rights, Contacts, Invited, Sanctions, Statistics, Knowledge):
    """Intake, triage, hand-over, answer, closing."""

    name = "complaint"
    access = ComplainantAccess()
    holds = staticmethod(holds)
    twins = staticmethod(twins)

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
        where = standing(complaint, NOWHERE, self.uow.now, HERE)
        allowed = act(self.uow, LAW, where, "FileComplaint", self._on_file(complaint))
        self._start(allowed, complaint.first_clock, complaint)
        complaint.version = 1
        if request.HasField("plan"):
            outbox.keep_plan(self.uow, complaint_id, plan_of(request.plan), complaint_id)
            complaint.has_plan = True
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
        end = end_of(self.uow, complaint)
        status = pb.GetStatusResponse(
            complaint_id=complaint.complaint_id,
            stage=stage_value(stage_of(complaint, custody)),
            summary=summary(complaint, custody, request.language, end),
            holder=custody.holder.to_proto(),
            held_since=timestamp(custody.held_since),
            due_at=timestamp(due_at(end, custody)),
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
        wanted = queues.Wanted(stage_filter(request.stage), request.unit, request.officer_id)
        found = queues.queue(self.uow.session, wanted, after, size + 1)
        shown = [complaint_view(complaint, custody) for complaint, custody in found[:size]]
        following = next_page(found, size, place)
        return pb.ListComplaintsResponse(complaints=shown, next_page_token=following)

    @rpc
    def GetHistory(self, request: pb.GetHistoryRequest) -> pb.GetHistoryResponse:
        self.uow.read(Complaint, request.complaint_id)
        found = store.acts(self.uow.session, request.complaint_id)
        return pb.GetHistoryResponse(acts=[act_view(each) for each in found])

    @rpc
    def TriageComplaint(self, request: pb.TriageComplaintRequest) -> pb.TriageComplaintResponse:
        complaint, custody = self._held(request)
        offer, was_in_danger = custody.open_offer, complaint.in_danger
        allowed = self._act("TriageComplaint", complaint, custody)
        # A ministry is asked for help with whatever category; a deputy takes those that name it.
        offered_to = offer.receiver.service if offer and not is_referral(offer) else ""
        event = complaint.triage(category(request.category), request.severity, offered_to)
        complaint.triage_no = self.uow.emit_numbered(event) or complaint.triage_no
        if allowed.act.state == Stage.RECEIVED:
            self._start(allowed, complaint.first_clock, complaint)
        elif complaint.in_danger and not was_in_danger:
            self._hurry(allowed, complaint, custody)
        return pb.TriageComplaintResponse()

    @rpc
    def OfferComplaint(self, request: pb.OfferComplaintRequest) -> pb.OfferComplaintResponse:
        complaint, custody = self._held(request)
        said = self.consents(self.uow.session, request.complaint_id)
        asked = {"has_receiver": lambda: has_receiver(complaint, self._last(complaint))}
        allowed = self._act("OfferComplaint", complaint, custody, asked=asked)
        clock = offer_clock(complaint)
        brief = complaint.offer(agreed(said))
        offer = self._offer(allowed, clock, complaint, RECEIVERS[RECEIVER], brief)
        return pb.OfferComplaintResponse(offer_no=offer.offer_no, due_at=timestamp(offer.due_at))

    @rpc
    def ReferComplaint(self, request: pb.ReferComplaintRequest) -> pb.ReferComplaintResponse:
        complaint, custody = self._held(request)
        said = self.consents(self.uow.session, request.complaint_id)
        basis = basis_of(said, complaint, request.ministry)
        asked = {"consent": lambda: bool(basis)}
        allowed = self._act("ReferComplaint", complaint, custody, request.request, asked)
        if basis == IN_DANGER:
            allowed.without("consent", IN_DANGER, VITAL_INTEREST)
        brief, ministry = complaint.refer(request.request), Party(MINISTRIES, request.ministry)
        offer = self._offer(allowed, REFERRAL, complaint, ministry, brief)
        return pb.ReferComplaintResponse(offer_no=offer.offer_no, due_at=timestamp(offer.due_at))

    def _offer(
        self, allowed: Allowed, clock: str, complaint: Complaint, receiver: Party, brief: Message
    ) -> Offer:
        """Offer the complaint, by the clock that the receiver has to answer."""
        due_at = self._start(allowed, clock, complaint)
        regulation = allowed.law.clocks[clock].regulation
        return holding.offer(self.uow, complaint.complaint_id, receiver, brief, due_at, regulation)

    @rpc
    def WithdrawOffer(self, request: pb.WithdrawOfferRequest) -> pb.WithdrawOfferResponse:
        complaint, custody = self._held(request)
        allowed = self._act("WithdrawOffer", complaint, custody)
        holding.withdraw(self.uow, request.complaint_id)
        self._start(allowed, complaint.first_clock, complaint)
        return pb.WithdrawOfferResponse()

    @rpc
    def ClarifyOffer(self, request: pb.ClarifyOfferRequest) -> pb.ClarifyOfferResponse:
        complaint, custody = self._held(request)
        allowed = self._act("ClarifyOffer", complaint, custody)
        due_at = self._start(allowed, clock_of(custody.open_offer, complaint), complaint)
        holding.clarify(self.uow, request.complaint_id, request.text, due_at)
        return pb.ClarifyOfferResponse()

    @rpc
    def ExtendOffer(self, request: pb.ExtendOfferRequest) -> pb.ExtendOfferResponse:
        complaint, custody = self._held(request)
        allowed = self._act("ExtendOffer", complaint, custody, request.reason)
        extension, offer = allowed.law.extension(request.reason), custody.offers[-1]
        extension.must_be_for(clock_of(offer, complaint), offer.extensions.count(extension.code))
        due_at, regulation = allowed.extends(extension, offer.due_at), extension.regulation
        holding.extend(self.uow, request.complaint_id, due_at, extension.code, regulation)
        # An offer of the release before has no clock here.
        if complaint.clock:
            clock = allowed.law.clocks[complaint.clock]
            complaint.extend_clock(clock, extension, due_at, self.uow.now)
        return pb.ExtendOfferResponse(due_at=timestamp(due_at))

    @rpc
    def AnswerComplaint(self, request: pb.AnswerComplaintRequest) -> pb.AnswerComplaintResponse:
        complaint, custody = self._with_custody(request)
        self._act("AnswerComplaint", complaint, custody)
        note_id = self._answer(complaint, request.text)
        tell(self.uow, complaint, "answer_written", note_id, answer=request.text)
        return pb.AnswerComplaintResponse()

    @rpc
    def CloseComplaint(self, request: pb.CloseComplaintRequest) -> pb.CloseComplaintResponse:
        complaint, custody = self._held(request)
        said = request.text.strip()
        asked = {"withdrawal": lambda: bool(said)}
        allowed = self._act("CloseComplaint", complaint, custody, request.ground, asked)
        ground = allowed.law.ground(request.ground)
        earliest = complaint.may_end_at(ground, allowed.calendar)
        allowed.ends_from(ground, earliest)
        holding.close(self.uow, request.complaint_id, ground.code, ground.article)
        closed = complaint.close(ground, self.uow.now, earliest)
        closed.note_id = self.uow.write_note(request.complaint_id, said)
        self._end(allowed, complaint)
        self.uow.emit(closed)
        until = local_day(self.uow.now + window_of(complaint))
        tell_closed(self.uow, complaint, ground, until, allowed.act.act_id)
        twins = self.twins(self.uow.session, request.complaint_id)
        tell_twins(self.uow, twins, allowed.act.act_id)
        return pb.CloseComplaintResponse()

    @rpc
    def ReopenComplaint(self, request: pb.ReopenComplaintRequest) -> pb.ReopenComplaintResponse:
        complaint, custody = self._held_even_closed(request)
        allowed = self._act("ReopenComplaint", complaint, custody, request.code)
        self._reopen(complaint, request.code)
        complaint.reopen()
        self._start(allowed, FOLLOW_UP, complaint)
        give_to_queue(self.uow, complaint, custody)
        return pb.ReopenComplaintResponse()

    @rpc
    def LinkPerson(self, request: pb.LinkPersonRequest) -> pb.LinkPersonResponse:
        complaint, custody = self._with_custody(request)
        self._act("LinkPerson", complaint, custody)
        self.uow.emit(complaint.link(request.worker_id))
        return pb.LinkPersonResponse()

    @rpc
    def UnlinkPerson(self, request: pb.UnlinkPersonRequest) -> pb.UnlinkPersonResponse:
        complaint, custody = self._with_custody(request)
        self._act("UnlinkPerson", complaint, custody)
        self.uow.emit(complaint.unlink())
        return pb.UnlinkPersonResponse()

    @rpc
    def GetNote(self, request: pb.GetNoteRequest) -> pb.GetNoteResponse:
        must_be_offered_to(self.uow, request.complaint_id)
        must_concern(self.uow, request.complaint_id)
        is_answer = self.uow.find(Answer, request.note_id) is not None
        if COMPLAINANT in self.uow.caller.roles and not is_answer:
            raise NotFound(f"note {request.note_id} does not exist")
        text, at = read_note(self.uow.session, request.complaint_id, request.note_id)
        self.uow.log_read(request.complaint_id, request.purpose)
        return pb.GetNoteResponse(text=text, written_at=timestamp(at))


def place(row: tuple[Complaint, Custody]) -> queues.Place:
    """Where a complaint stands in the queue."""
    complaint, _ = row
    return complaint.rank, complaint.filed_at, complaint.complaint_id
