"""The rpcs of how people are told something, and of what they write to us: get, act, answer."""

from collections.abc import Sequence

from estafet.complaint.v1 import service_pb2 as pb

from services.chassis.clock import real_now
from services.chassis.errors import NotFound
from services.chassis.instants import timestamp
from services.chassis.paging import next_page, place_of, size_of
from services.chassis.rpc import rpc
from services.complaint import queues, steps, store, telling
from services.complaint.api_survey import Surveys
from services.complaint.contact import Received, Unclaimed, plan_of, plan_view, staff, staff_plan
from services.complaint.domain import Complaint
from services.complaint.incoming import WebhookKeys
from services.complaint.officers import APPOINTED, Officer
from services.complaint.officers import PROCESS as OFFICER
from services.complaint.twins import has_ended
from services.complaint.workflow import LAW, OFFICES
from services.handover.custody import Custody
from services.messages import outbox
from services.messages.inbound import Incoming, StatusWanted, command_of, read_webhook, score_of
from services.messages.innocuous import without_code_word
from services.messages.notice import Channel
from services.process.acts import Standing, act
from services.process.calendar import local_day
from services.process.store import last_digest, told_in

# Of an act: somebody has only asked where their complaint stands.
STATUS = "status"


class Contacts(Surveys):
    """The contact plan, what was sent, what came in, and the officers' digest."""

    keys = WebhookKeys()
    complaints_at = staticmethod(store.complaints_at)
    numbered = staticmethod(store.numbered)
    surveyed = staticmethod(queues.surveyed)

    @rpc
    def SetContactPlan(self, request: pb.SetContactPlanRequest) -> pb.SetContactPlanResponse:
        plan = plan_of(request.plan)
        complaint, custody = self._with_custody(request)
        self._act("SetContactPlan", complaint, custody)
        outbox.keep_plan(self.uow, request.complaint_id, plan, request.complaint_id)
        complaint.has_plan = True
        return pb.SetContactPlanResponse()

    @rpc
    def DoubtContactPlan(self, request: pb.DoubtContactPlanRequest) -> pb.DoubtContactPlanResponse:
        complaint, custody = self._with_custody(request)
        self._act("DoubtContactPlan", complaint, custody, request.why)
        if request.why:
            outbox.doubt_plan(self.uow, request.complaint_id, request.why)
        else:
            outbox.confirm_plan(self.uow, request.complaint_id)
        return pb.DoubtContactPlanResponse()

    @rpc
    def GetContactPlan(self, request: pb.GetContactPlanRequest) -> pb.GetContactPlanResponse:
        plan = outbox.plan_of(self.uow, request.complaint_id)
        if plan is None:
            raise NotFound(f"complaint {request.complaint_id} has no contact plan")
        self.uow.log_read(request.complaint_id, request.purpose)
        return pb.GetContactPlanResponse(plan=plan_view(plan), doubt=plan.doubt)

    @rpc
    def GetMessages(self, request: pb.GetMessagesRequest) -> pb.GetMessagesResponse:
        self.uow.read(Complaint, request.complaint_id)
        shown = pb.GetMessagesResponse()
        for each in store.messages(self.uow.session, request.complaint_id):
            shown.messages.add(
                message_id=each.message_id,
                code=each.code,
                state=each.state,
                reason=each.reason,
                channel=each.channel,
                saying=each.saying,
                written_at=timestamp(each.written_at),
            )
        return shown

    @rpc
    def ReceiveMessage(self, request: pb.ReceiveMessageRequest) -> pb.ReceiveMessageResponse:
        channel = Channel(request.channel)
        headers = {
            "webhook-id": request.webhook_id,
            "webhook-timestamp": request.webhook_timestamp,
            "webhook-signature": request.webhook_signature,
        }
        key = self.keys.of(channel)
        told = read_webhook(channel, key, headers, request.payload, real_now())
        if self.uow.find(Received, told.request_id):
            return pb.ReceiveMessageResponse()
        self.uow.add(Received(told.request_id, real_now()))
        self._take(told)
        return pb.ReceiveMessageResponse()

    def _take(self, told: Incoming) -> None:
        """Answer what asks for a status or answers a survey; a person reads everything else."""
        wanted = command_of(told.text)
        named = self.numbered(self.uow.session, wanted.number) if wanted else ""
        known = self.complaints_at(self.uow.session, told.channel, told.address)
        senders = sorted(known, key=lambda each: each != named)
        if not senders:
            self._keep_unclaimed(told)
        elif wanted and senders[0] == named and self._may_ask(named, told.text, wanted):
            self._tell_status(senders, told)
        elif (scored := self._scored(senders, told.text)) is not None:
            self._survey(scored, solved=None)
        else:
            self._note(senders, told)

    def _keep_unclaimed(self, told: Incoming) -> None:
        """Whoever writes from elsewhere is told nothing, not even that there is no such number; an
        officer reads what they have written."""
        kept = (told.channel, told.address, told.text, told.received_at)
        self.uow.add(Unclaimed(self.uow.new_id(), *kept))

    def _may_ask(self, complaint_id: str, text: str, wanted: StatusWanted) -> bool:
        """Whether it is they who ask, as far as it shows (whoever leaves out an agreed code word
        may be anybody), and have written nothing else, which a person would have to read."""
        plan = outbox.plan_of(self.uow, complaint_id)
        if plan is None or not plan.shows_who(text):
            return False
        return not without_code_word(wanted.besides, plan.code_word)

    def _scored(self, senders: Sequence[str], text: str) -> pb.AnswerSurveyRequest | None:
        """The answer to the survey that somebody was sent last, if the message is a score. Whoever
        has an open complaint answers what was asked about that, and whoever leaves out an agreed
        code word may be anybody."""
        if self.uow.read(Complaint, senders[0]).closed_at is None:
            return None
        complaint_id = self.surveyed(self.uow.session, senders)
        if not complaint_id or not has_ended(self.uow, self.uow.read(Complaint, complaint_id)):
            return None
        plan = outbox.plan_of(self.uow, complaint_id)
        if plan is None or not plan.shows_who(text):
            return None
        score = score_of(without_code_word(text, plan.code_word))
        return pb.AnswerSurveyRequest(complaint_id=complaint_id, score=score) if score else None

    def _tell_status(self, senders: Sequence[str], told: Incoming) -> None:
        complaint = self.uow.get(Complaint, senders[0])
        custody = self.uow.read(Custody, senders[0])
        self._act("ReceiveMessage", complaint, custody, STATUS, is_news=False)
        outbox.hear(self.uow, senders, told)
        telling.tell_status(self.uow, complaint, custody, told.provider_id)

    def _note(self, senders: Sequence[str], told: Incoming) -> None:
        """What somebody has written is a note of their complaint, of the one that it names, else of
        an open one if any is, and whoever is accountable sees to it; what it says of the plan is
        the plan's to know."""
        complaint_id = senders[0]
        complaint = self.uow.get(Complaint, complaint_id)
        custody = self.uow.read(Custody, complaint_id)
        self._act("ReceiveMessage", complaint, custody)
        self.uow.write_note(complaint_id, told.text)
        outbox.hear(self.uow, senders, told)
        steps.note(self.uow, complaint, custody, "message")

    @rpc
    def ListIncoming(self, request: pb.ListIncomingRequest) -> pb.ListIncomingResponse:
        size, after = size_of(request.page_size), place_of(request.page_token)
        found = queues.incoming_messages(self.uow.session, after, size + 1)
        shown = pb.ListIncomingResponse(next_page_token=next_page(found, size, place))
        for each in found[:size]:
            self.uow.log_read(each.incoming_id, request.purpose)
            shown.messages.add(
                incoming_id=each.incoming_id,
                channel=each.channel,
                address=each.address,
                text=each.text,
                received_at=timestamp(each.received_at),
            )
        return shown

    @rpc
    def SetStaffContact(self, request: pb.SetStaffContactRequest) -> pb.SetStaffContactResponse:
        calendar = OFFICES.calendar(OFFICES.of(request.unit).code)
        plan = staff_plan(request.email, str(calendar.zone))
        officer = self.uow.get(Officer, request.officer_id) if request.officer_id else None
        today = local_day(self.uow.now)
        head = Standing(OFFICER, f"unit:{request.unit}", APPOINTED, today, today)
        act(self.uow, LAW, officer.standing(self.uow.now) if officer else head, "SetStaffContact")
        outbox.keep_plan(self.uow, staff(request.unit, request.officer_id), plan)
        return pb.SetStaffContactResponse()

    @rpc
    def GetDigest(self, request: pb.GetDigestRequest) -> pb.GetDigestResponse:
        unit = OFFICES.of(request.unit).code
        digest = last_digest(self.uow.session, unit, request.officer_id)
        if digest is None:
            return pb.GetDigestResponse()
        shown = pb.GetDigestResponse(made_at=timestamp(digest.made_at))
        for each in told_in(self.uow.session, digest.digest_id):
            shown.notices.add(
                complaint_id=each.matter_id,
                clock=each.clock,
                percent=each.percent,
                deed=each.deed,
                severity=each.severity,
                due_at=timestamp(each.due_at),
                noted_at=timestamp(each.noted_at),
            )
        return shown


def place(message: Unclaimed) -> queues.Place:
    """Where a message stands in its list."""
    return 0, message.received_at, message.incoming_id
