"""The empowerment service's rpcs: get, act, emit, answer."""

from estafet.empowerment.v1 import service_pb2 as pb

from services.chassis.instants import timestamp
from services.chassis.paging import next_page, place_of, size_of
from services.chassis.rpc import rpc
from services.chassis.unit_of_work import Database, read_note
from services.empowerment import store
from services.empowerment.acting import of_plan
from services.empowerment.domain import Enrolment, Plan, Returnee
from services.empowerment.views import offer_view, plan_view
from services.empowerment.workflow import LAW, PLAN
from services.handover import acting, receiving
from services.handover.custody import Custody
from services.handover.store import holds
from services.process.acts import Allowed, Guards


class EmpowermentApi:
    """Offered returnees, their plans, programmes and outcomes. Custody is locked first."""

    name = "empowerment"
    uow = Database()
    holds = staticmethod(holds)

    @rpc
    def ListOffers(self, request: pb.ListOffersRequest) -> pb.ListOffersResponse:
        size, after = size_of(request.page_size), place_of(request.page_token)
        found = store.waiting_offers(self.uow.session, after and after[1:], size + 1)
        following = next_page(found, size, lambda row: (0, row[1].due_at, row[1].matter_id))
        shown = [offer_view(returnee, offer) for returnee, offer in found[:size]]
        return pb.ListOffersResponse(offers=shown, next_page_token=following)

    @rpc
    def AcceptOffer(self, request: pb.AcceptOfferRequest) -> pb.AcceptOfferResponse:
        plan_id = self.uow.new_id()
        receiving.accept(self.uow, request.matter_id, request.offer_no, plan_id)
        acting.begun(self.uow, LAW, PLAN, plan_id, "AcceptOffer")
        returnee = self.uow.read(Returnee, request.matter_id)
        self.uow.add(returnee.take_up(plan_id, self.uow.now))
        return pb.AcceptOfferResponse(plan_id=plan_id)

    @rpc
    def DeclineOffer(self, request: pb.DeclineOfferRequest) -> pb.DeclineOfferResponse:
        offered = request.matter_id, request.offer_no
        acting.decline(self.uow, LAW, offered, request.code, request.text)
        return pb.DeclineOfferResponse()

    @rpc
    def AskAboutOffer(self, request: pb.AskAboutOfferRequest) -> pb.AskAboutOfferResponse:
        acting.ask(self.uow, LAW, (request.matter_id, request.offer_no), request.text)
        return pb.AskAboutOfferResponse()

    @rpc
    def ListPlans(self, request: pb.ListPlansRequest) -> pb.ListPlansResponse:
        size, after = size_of(request.page_size), place_of(request.page_token)
        found = store.plans(self.uow.session, after and after[1:], size + 1)
        following = next_page(found, size, lambda plan: (0, plan.opened_at, plan.plan_id))
        shown = [plan_view(plan) for plan in found[:size]]
        return pb.ListPlansResponse(plans=shown, next_page_token=following)

    @rpc
    def GetPlan(self, request: pb.GetPlanRequest) -> pb.GetPlanResponse:
        plan = self.uow.read(Plan, request.plan_id)
        self.uow.find(Custody, plan.matter_id)
        return pb.GetPlanResponse(plan=plan_view(plan))

    @rpc
    def EnrolReturnee(self, request: pb.EnrolReturneeRequest) -> pb.EnrolReturneeResponse:
        plan = self.uow.get(Plan, request.plan_id)
        # The journey is the custody's to tell: it goes with what is emitted.
        self.uow.find(Custody, plan.matter_id)
        is_new = {"is_new_programme": lambda: not plan.has(request.programme)}
        self._act(plan, "EnrolReturnee", is_new)
        enrolment = Enrolment(self.uow.new_id(), plan.plan_id, request.programme, self.uow.now)
        self.uow.emit(plan.enrol(enrolment))
        return pb.EnrolReturneeResponse(enrolment_id=enrolment.enrolment_id)

    @rpc
    def RecordWish(self, request: pb.RecordWishRequest) -> pb.RecordWishResponse:
        plan = self.uow.get(Plan, request.plan_id)
        self.uow.find(Custody, plan.matter_id)
        self._act(plan, "RecordWish")
        self.uow.emit(plan.wish(request.country))
        return pb.RecordWishResponse()

    @rpc
    def RecordOutcome(self, request: pb.RecordOutcomeRequest) -> pb.RecordOutcomeResponse:
        matter_id = self.uow.read(Plan, request.plan_id).matter_id
        custody = self.uow.get(Custody, matter_id)
        plan = self.uow.get(Plan, request.plan_id)
        allowed = self._act(plan, "RecordOutcome")
        note_id = self.uow.write_note(matter_id, request.text)
        self.uow.emit(plan.end(request.outcome, note_id))
        acting.end(self.uow, custody, "outcome_recorded", allowed)
        return pb.RecordOutcomeResponse()

    def _act(self, plan: Plan, action: str, guards: Guards | None = None) -> Allowed:
        """What the table allows with a plan is written down; NotAllowed."""
        return acting.done(self.uow, LAW, of_plan(plan, self.uow.now), action, guards)

    @rpc
    def GetNote(self, request: pb.GetNoteRequest) -> pb.GetNoteResponse:
        text, at = read_note(self.uow.session, request.matter_id, request.note_id)
        self.uow.log_read(request.matter_id, request.purpose)
        return pb.GetNoteResponse(text=text, written_at=timestamp(at))
