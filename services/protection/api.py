"""The protection service's rpcs: get, act, emit, answer."""

from estafet.protection.v1 import service_pb2 as pb

from services.chassis.instants import day_of, timestamp
from services.chassis.paging import next_page, place_of, size_of
from services.chassis.rpc import rpc
from services.chassis.unit_of_work import Database, read_note
from services.handover import holding, receiving
from services.handover.custody import Custody, Offer
from services.handover.store import holds, in_hand
from services.handover.writing import held
from services.process.calendar import local_day
from services.protection import begun, store
from services.protection.domain.case import Case, Commitment, KnownMatter
from services.protection.domain.repatriation import Repatriation
from services.protection.domain.sanction import RecommendedSanction
from services.protection.views import (
    case_view,
    offer_view,
    outcome_of,
    own_matter_view,
    promised_in,
    repatriation_view,
    sanction_view,
    show_referral,
    status_filter,
)
from services.protection.workflow import WORKFLOW


class ProtectionApi:
    """Offered matters, cases and what they begin, mediation, results. Custody is locked first."""

    name = "protection"
    uow = Database()
    holds = staticmethod(holds)

    @rpc
    def ListOffers(self, request: pb.ListOffersRequest) -> pb.ListOffersResponse:
        size, after = size_of(request.page_size), place_of(request.page_token)
        found = store.waiting_offers(self.uow.session, after, size + 1)
        shown = [offer_view(known, offer) for known, offer in found[:size]]
        following = next_page(found, size, offer_place)
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
        following = next_page(found, size, case_place)
        shown = [case_view(case) for case in found[:size]]
        return pb.ListCasesResponse(cases=shown, next_page_token=following)

    @rpc
    def GetCase(self, request: pb.GetCaseRequest) -> pb.GetCaseResponse:
        case = self.uow.read(Case, request.case_id)
        custody = self.uow.find(Custody, case.matter_id)
        promised = self.uow.find(Commitment, case.commitment_id) if case.commitment_id else None
        shown = case_view(case, promised)
        if custody is not None:
            show_referral(shown, case, custody)
        return pb.GetCaseResponse(case=shown)

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
        case = begun.case_of(self.uow, request.case_id)
        case.end(request.result)
        holding.give_back(self.uow, case.matter_id, request.result, request.text, case.case_id)
        return pb.ReturnCaseResponse()

    @rpc
    def ReferCase(self, request: pb.ReferCaseRequest) -> pb.ReferCaseResponse:
        case = begun.case_of(self.uow, request.case_id)
        offer = begun.refer(self.uow, case, request.ministry, request.request)
        return pb.ReferCaseResponse(offer_no=offer.offer_no)

    @rpc
    def ClarifyReferral(self, request: pb.ClarifyReferralRequest) -> pb.ClarifyReferralResponse:
        case = self.uow.read(Case, request.case_id)
        due_at = WORKFLOW.clocks["referral"].due_at(self.uow.now)
        holding.clarify(self.uow, case.matter_id, request.text, due_at)
        return pb.ClarifyReferralResponse()

    @rpc
    def RecommendSanction(
        self, request: pb.RecommendSanctionRequest
    ) -> pb.RecommendSanctionResponse:
        case = begun.case_of(self.uow, request.case_id)
        recommended = case.recommend(self.uow.new_id(), request.p3mi_id, request.violation)
        recommended.article = request.article
        offer = begun.recommend(self.uow, case, recommended, request.text)
        return pb.RecommendSanctionResponse(matter_id=offer.matter_id, offer_no=offer.offer_no)

    @rpc
    def OfferSanction(self, request: pb.OfferSanctionRequest) -> pb.OfferSanctionResponse:
        recommended = self.uow.read(RecommendedSanction, request.matter_id)
        offer = begun.offer_sanction(self.uow, recommended)
        return pb.OfferSanctionResponse(offer_no=offer.offer_no)

    @rpc
    def ClarifySanction(self, request: pb.ClarifySanctionRequest) -> pb.ClarifySanctionResponse:
        self.uow.read(RecommendedSanction, request.matter_id)
        due_at = WORKFLOW.clocks["sanction_offer"].due_at(self.uow.now)
        holding.clarify(self.uow, request.matter_id, request.text, due_at)
        return pb.ClarifySanctionResponse()

    @rpc
    def DropSanction(self, request: pb.DropSanctionRequest) -> pb.DropSanctionResponse:
        held(self.uow, request.matter_id)
        recommended = self.uow.get(RecommendedSanction, request.matter_id)
        recommended.dropped_note_id = self.uow.write_note(request.matter_id, request.text)
        begun.end(self.uow, request.matter_id, "sanction_dropped")
        return pb.DropSanctionResponse()

    @rpc
    def ListSanctions(self, request: pb.ListSanctionsRequest) -> pb.ListSanctionsResponse:
        size, after = size_of(request.page_size), place_of(request.page_token)
        found = store.sanctions(self.uow.session, request.case_id, after and after[1:], size + 1)
        following = next_page(found, size, lambda row: (0, row[1].opened_at, row[1].matter_id))
        shown = [sanction_view(*each) for each in found[:size]]
        return pb.ListSanctionsResponse(sanctions=shown, next_page_token=following)

    @rpc
    def ListOwnMatters(self, request: pb.ListOwnMattersRequest) -> pb.ListOwnMattersResponse:
        size, after = size_of(request.page_size), place_of(request.page_token)
        found = in_hand(self.uow.session, store.SERVICE, begun.KINDS, after and after[1:], size + 1)
        following = next_page(found, size, lambda each: (0, each.held_since, each.matter_id))
        shown = [own_matter_view(custody) for custody in found[:size]]
        return pb.ListOwnMattersResponse(matters=shown, next_page_token=following)

    @rpc
    def OpenRepatriation(self, request: pb.OpenRepatriationRequest) -> pb.OpenRepatriationResponse:
        case, matter_id = begun.case_of(self.uow, request.case_id), self.uow.new_id()
        begun.repatriate(self.uow, case, matter_id, request.country)
        return pb.OpenRepatriationResponse(matter_id=matter_id)

    @rpc
    def RecordArrival(self, request: pb.RecordArrivalRequest) -> pb.RecordArrivalResponse:
        day = day_of("arrived_on", request.arrived_on)
        offer = begun.arrive(self.uow, request.matter_id, day, tuple(request.needs))
        return pb.RecordArrivalResponse(offer_no=offer.offer_no if offer else 0)

    @rpc
    def OfferReturnee(self, request: pb.OfferReturneeRequest) -> pb.OfferReturneeResponse:
        home = self.uow.read(Repatriation, request.matter_id)
        offer = begun.offer_returnee(self.uow, home)
        return pb.OfferReturneeResponse(offer_no=offer.offer_no)

    @rpc
    def ClarifyReturnee(self, request: pb.ClarifyReturneeRequest) -> pb.ClarifyReturneeResponse:
        self.uow.read(Repatriation, request.matter_id)
        due_at = WORKFLOW.clocks["returnee_offer"].due_at(self.uow.now)
        holding.clarify(self.uow, request.matter_id, request.text, due_at)
        return pb.ClarifyReturneeResponse()

    @rpc
    def CloseRepatriation(
        self, request: pb.CloseRepatriationRequest
    ) -> pb.CloseRepatriationResponse:
        held(self.uow, request.matter_id)
        home = self.uow.get(Repatriation, request.matter_id)
        home.closing_note_id = self.uow.write_note(request.matter_id, request.text)
        begun.end(self.uow, request.matter_id, "repatriation_closed")
        return pb.CloseRepatriationResponse()

    @rpc
    def GetRepatriation(self, request: pb.GetRepatriationRequest) -> pb.GetRepatriationResponse:
        home = self.uow.read(Repatriation, request.matter_id)
        custody = self.uow.read(Custody, request.matter_id)
        return pb.GetRepatriationResponse(repatriation=repatriation_view(home, custody))

    @rpc
    def GetNote(self, request: pb.GetNoteRequest) -> pb.GetNoteResponse:
        begun.must_concern(self.uow, request.matter_id)
        text, at = read_note(self.uow.session, request.matter_id, request.note_id)
        self.uow.log_read(request.matter_id, request.purpose)
        return pb.GetNoteResponse(text=text, written_at=timestamp(at))


def offer_place(row: tuple[KnownMatter, Offer]) -> store.Place:
    """Where an offer stands in the queue."""
    known, offer = row
    return store.calm(known.severity), offer.due_at, offer.matter_id


def case_place(case: Case) -> store.Place:
    """Where a case stands in its list."""
    return store.calm(case.severity), case.opened_at, case.case_id
