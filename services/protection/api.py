"""The protection service's rpcs: get, act, emit, answer."""

from estafet.protection.v1 import service_pb2 as pb

from services.chassis.instants import timestamp
from services.chassis.paging import page_token, place_of, size_of
from services.chassis.rpc import rpc
from services.chassis.unit_of_work import Database, read_note
from services.handover import holding, receiving
from services.handover.custody import Custody
from services.handover.store import holds
from services.process.calendar import local_day
from services.protection import store
from services.protection.domain import Case, Commitment, KnownMatter
from services.protection.views import (
    case_view,
    offer_view,
    outcome_of,
    promised_in,
    status_filter,
)
from services.protection.workflow import WORKFLOW


class ProtectionApi:
    """Offered matters, cases, mediation, results."""

    name = "protection"
    uow = Database()
    holds = staticmethod(holds)

    @rpc
    def ListOffers(self, request: pb.ListOffersRequest) -> pb.ListOffersResponse:
        size, after = size_of(request.page_size), place_of(request.page_token)
        found = store.waiting_offers(self.uow.session, after, size + 1)
        shown = [offer_view(known, offer) for known, offer in found[:size]]
        following = ""
        if len(found) > size:
            known, offer = found[size - 1]
            following = page_token(store.calm(known.severity), offer.due_at, offer.matter_id)
        return pb.ListOffersResponse(offers=shown, next_page_token=following)

    @rpc
    def AcceptOffer(self, request: pb.AcceptOfferRequest) -> pb.AcceptOfferResponse:
        case_id = self.uow.new_id()
        receiving.accept(self.uow, request.matter_id, request.offer_no, case_id)
        known = self.uow.get(KnownMatter, request.matter_id)
        self.uow.add(known.take_up(case_id, self.uow.now))
        return pb.AcceptOfferResponse(case_id=case_id)

    @rpc
    def DeclineOffer(self, request: pb.DeclineOfferRequest) -> pb.DeclineOfferResponse:
        receiving.decline(self.uow, request.matter_id, request.offer_no, request.code, request.text)
        return pb.DeclineOfferResponse()

    @rpc
    def AskAboutOffer(self, request: pb.AskAboutOfferRequest) -> pb.AskAboutOfferResponse:
        clock = WORKFLOW.clocks["question"]
        answer_by = clock.due_at(self.uow.now, request.answer_within_days)
        receiving.ask(self.uow, request.matter_id, request.offer_no, request.text, answer_by)
        return pb.AskAboutOfferResponse()

    @rpc
    def ListCases(self, request: pb.ListCasesRequest) -> pb.ListCasesResponse:
        size, after = size_of(request.page_size), place_of(request.page_token)
        found = store.cases(self.uow.session, status_filter(request.status), after, size + 1)
        last = found[size - 1] if len(found) > size else None
        following = (
            page_token(store.calm(last.severity), last.opened_at, last.case_id) if last else ""
        )
        shown = [case_view(case) for case in found[:size]]
        return pb.ListCasesResponse(cases=shown, next_page_token=following)

    @rpc
    def GetCase(self, request: pb.GetCaseRequest) -> pb.GetCaseResponse:
        case = self.uow.read(Case, request.case_id)
        self.uow.find(Custody, case.matter_id)
        promised = self.uow.find(Commitment, case.commitment_id) if case.commitment_id else None
        return pb.GetCaseResponse(case=case_view(case, promised))

    @rpc
    def HoldMediation(self, request: pb.HoldMediationRequest) -> pb.HoldMediationResponse:
        case = self.uow.get(Case, request.case_id)
        # The journey is the custody's to tell: it goes with what is emitted.
        self.uow.find(Custody, case.matter_id)
        promised = promised_in(request, self.uow.new_id())
        held_on = local_day(self.uow.now)
        for event in case.hold_mediation(outcome_of(request.outcome), held_on, promised):
            self.uow.emit(event)
        if promised is not None:
            self.uow.add(promised)
        case.mediation_note_id = self.uow.write_note(case.matter_id, request.text)
        return pb.HoldMediationResponse(commitment_id=case.commitment_id)

    @rpc
    def ReturnCase(self, request: pb.ReturnCaseRequest) -> pb.ReturnCaseResponse:
        case = self.uow.get(Case, request.case_id)
        case.end(request.result)
        holding.give_back(self.uow, case.matter_id, request.result, request.text, case.case_id)
        return pb.ReturnCaseResponse()

    @rpc
    def GetNote(self, request: pb.GetNoteRequest) -> pb.GetNoteResponse:
        text, at = read_note(self.uow.session, request.matter_id, request.note_id)
        self.uow.log_read(request.matter_id, request.purpose)
        return pb.GetNoteResponse(text=text, written_at=timestamp(at))
