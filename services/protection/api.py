"""The protection service's rpcs: get, act, emit, answer."""

from estafet.protection.v1 import service_pb2 as pb

from services.chassis.instants import day_of, timestamp
from services.chassis.paging import next_page, place_of, size_of
from services.chassis.rpc import rpc
from services.chassis.unit_of_work import Database, read_note
from services.handover import acting, holding, receiving
from services.handover.acting import is_asked
from services.handover.custody import Custody, Offer
from services.handover.store import holds, in_hand
from services.handover.writing import held_even_closed
from services.process.acts import Allowed
from services.process.calendar import local_day
from services.protection import begun, store
from services.protection.acting import CASE, act_on, of_case, of_repatriation, of_sanction
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
from services.protection.workflow import LAW


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
        acting.begun(self.uow, LAW, CASE, case_id, "AcceptOffer")
        known = self.uow.get(KnownMatter, request.matter_id)
        self.uow.add(known.take_up(case_id, self.uow.now))
        return pb.AcceptOfferResponse(case_id=case_id)

    @rpc
    def DeclineOffer(self, request: pb.DeclineOfferRequest) -> pb.DeclineOfferResponse:
        offered = request.matter_id, request.offer_no
        acting.decline(self.uow, LAW, offered, request.code, request.text)
        return pb.DeclineOfferResponse()

    @rpc
    def AskAboutOffer(self, request: pb.AskAboutOfferRequest) -> pb.AskAboutOfferResponse:
        offered = request.matter_id, request.offer_no
        acting.ask(self.uow, LAW, offered, request.text, request.answer_within_days)
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
        where = of_case(case, self.uow.read(Custody, case.matter_id), self.uow.now)
        act_on(self.uow, where, "HoldMediation", {"is_unmediated": lambda: not case.outcome})
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
        case, custody = begun.case_of(self.uow, request.case_id)
        act_on(self.uow, of_case(case, custody, self.uow.now), "ReturnCase")
        case.end(request.result)
        holding.give_back(self.uow, case.matter_id, request.result, request.text, case.case_id)
        return pb.ReturnCaseResponse()

    @rpc
    def ReferCase(self, request: pb.ReferCaseRequest) -> pb.ReferCaseResponse:
        case, custody = begun.case_of(self.uow, request.case_id)
        offer = begun.refer(self.uow, case, custody, request.ministry, request.request)
        return pb.ReferCaseResponse(offer_no=offer.offer_no)

    @rpc
    def ClarifyReferral(self, request: pb.ClarifyReferralRequest) -> pb.ClarifyReferralResponse:
        case, custody = begun.case_of(self.uow, request.case_id)
        asked = {"is_asked": lambda: is_asked(custody)}
        allowed = act_on(self.uow, of_case(case, custody, self.uow.now), "ClarifyReferral", asked)
        begun.clarify(self.uow, case.matter_id, request.text, "referral", allowed)
        return pb.ClarifyReferralResponse()

    @rpc
    def RecommendSanction(
        self, request: pb.RecommendSanctionRequest
    ) -> pb.RecommendSanctionResponse:
        case, _ = begun.case_of(self.uow, request.case_id)
        recommended = case.recommend(self.uow.new_id(), request.p3mi_id, request.violation)
        recommended.article = request.article
        offer = begun.recommend(self.uow, case, recommended, request.text)
        return pb.RecommendSanctionResponse(matter_id=offer.matter_id, offer_no=offer.offer_no)

    @rpc
    def OfferSanction(self, request: pb.OfferSanctionRequest) -> pb.OfferSanctionResponse:
        recommended = self.uow.read(RecommendedSanction, request.matter_id)
        allowed, _ = self._on_sanction(request.matter_id, "OfferSanction")
        offer = begun.offer_sanction(self.uow, recommended, allowed)
        return pb.OfferSanctionResponse(offer_no=offer.offer_no)

    @rpc
    def ClarifySanction(self, request: pb.ClarifySanctionRequest) -> pb.ClarifySanctionResponse:
        self.uow.read(RecommendedSanction, request.matter_id)
        allowed, _ = self._on_sanction(request.matter_id, "ClarifySanction")
        begun.clarify(self.uow, request.matter_id, request.text, "sanction_offer", allowed)
        return pb.ClarifySanctionResponse()

    @rpc
    def DropSanction(self, request: pb.DropSanctionRequest) -> pb.DropSanctionResponse:
        self.uow.read(RecommendedSanction, request.matter_id)
        allowed, custody = self._on_sanction(request.matter_id, "DropSanction")
        recommended = self.uow.get(RecommendedSanction, request.matter_id)
        recommended.dropped_note_id = self.uow.write_note(request.matter_id, request.text)
        acting.end(self.uow, custody, "sanction_dropped", allowed)
        return pb.DropSanctionResponse()

    def _on_sanction(self, matter_id: str, action: str) -> tuple[Allowed, Custody]:
        """What may be done with a recommended sanction, whose custody is locked."""
        custody = held_even_closed(self.uow, matter_id)
        asked = {"is_asked": lambda: is_asked(custody)}
        return act_on(self.uow, of_sanction(custody, self.uow.now), action, asked), custody

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
        (case, _), matter_id = begun.case_of(self.uow, request.case_id), self.uow.new_id()
        begun.repatriate(self.uow, case, matter_id, request.country)
        return pb.OpenRepatriationResponse(matter_id=matter_id)

    @rpc
    def RecordArrival(self, request: pb.RecordArrivalRequest) -> pb.RecordArrivalResponse:
        day = day_of("arrived_on", request.arrived_on)
        offer = begun.arrive(self.uow, request.matter_id, day, tuple(request.needs))
        return pb.RecordArrivalResponse(offer_no=offer.offer_no if offer else 0)

    @rpc
    def OfferReturnee(self, request: pb.OfferReturneeRequest) -> pb.OfferReturneeResponse:
        home, custody = begun.home_of(self.uow, request.matter_id)
        where = of_repatriation(home, custody, self.uow.now)
        offer = begun.offer_returnee(self.uow, home, act_on(self.uow, where, "OfferReturnee"))
        return pb.OfferReturneeResponse(offer_no=offer.offer_no)

    @rpc
    def ClarifyReturnee(self, request: pb.ClarifyReturneeRequest) -> pb.ClarifyReturneeResponse:
        home, custody = begun.home_of(self.uow, request.matter_id)
        where = of_repatriation(home, custody, self.uow.now)
        asked = {"is_asked": lambda: is_asked(custody)}
        allowed = act_on(self.uow, where, "ClarifyReturnee", asked)
        begun.clarify(self.uow, request.matter_id, request.text, "returnee_offer", allowed)
        return pb.ClarifyReturneeResponse()

    @rpc
    def CloseRepatriation(
        self, request: pb.CloseRepatriationRequest
    ) -> pb.CloseRepatriationResponse:
        home, custody = begun.home_of(self.uow, request.matter_id)
        where = of_repatriation(home, custody, self.uow.now)
        allowed = act_on(self.uow, where, "CloseRepatriation")
        home.closing_note_id = self.uow.write_note(request.matter_id, request.text)
        acting.end(self.uow, custody, "repatriation_closed", allowed)
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
