"""The exchange service's rpcs: get, act, emit, answer."""

from estafet.exchange.v1 import service_pb2 as pb

from services.chassis.instants import timestamp
from services.chassis.paging import next_page, place_of, size_of
from services.chassis.rpc import rpc
from services.chassis.unit_of_work import Database, read_note
from services.exchange import referring, store
from services.exchange.domain import Referral
from services.exchange.views import offer_view, referral_view
from services.handover.custody import Custody
from services.handover.store import holds


class ExchangeApi:
    """What ministries answer by letter. Custody is locked first."""

    name = "exchange"
    uow = Database()
    holds = staticmethod(holds)

    @rpc
    def ListOffers(self, request: pb.ListOffersRequest) -> pb.ListOffersResponse:
        size, after = size_of(request.page_size), place_of(request.page_token)
        found = store.waiting_offers(self.uow.session, after and after[1:], size + 1)
        following = next_page(found, size, lambda row: (0, row[1].due_at, row[1].matter_id))
        shown = [offer_view(known, offer) for known, offer in found[:size]]
        return pb.ListOffersResponse(offers=shown, next_page_token=following)

    @rpc
    def AcceptOffer(self, request: pb.AcceptOfferRequest) -> pb.AcceptOfferResponse:
        referral_id = referring.accept(self.uow, request.matter_id, request.offer_no)
        return pb.AcceptOfferResponse(referral_id=referral_id)

    @rpc
    def DeclineOffer(self, request: pb.DeclineOfferRequest) -> pb.DeclineOfferResponse:
        named = request.matter_id, request.offer_no
        referring.decline(self.uow, *named, request.code, request.text)
        return pb.DeclineOfferResponse()

    @rpc
    def AskAboutOffer(self, request: pb.AskAboutOfferRequest) -> pb.AskAboutOfferResponse:
        referring.ask(self.uow, request.matter_id, request.offer_no, request.text)
        return pb.AskAboutOfferResponse()

    @rpc
    def ListReferrals(self, request: pb.ListReferralsRequest) -> pb.ListReferralsResponse:
        size, after = size_of(request.page_size), place_of(request.page_token)
        found = store.referrals(self.uow.session, after and after[1:], size + 1)
        following = next_page(found, size, lambda each: (0, each.opened_at, each.referral_id))
        shown = [referral_view(referral) for referral in found[:size]]
        return pb.ListReferralsResponse(referrals=shown, next_page_token=following)

    @rpc
    def GetReferral(self, request: pb.GetReferralRequest) -> pb.GetReferralResponse:
        referral = self.uow.read(Referral, request.referral_id)
        self.uow.find(Custody, referral.matter_id)
        return pb.GetReferralResponse(referral=referral_view(referral))

    @rpc
    def ReturnReferral(self, request: pb.ReturnReferralRequest) -> pb.ReturnReferralResponse:
        referring.give_back(self.uow, request.referral_id, request.result, request.text)
        return pb.ReturnReferralResponse()

    @rpc
    def GetNote(self, request: pb.GetNoteRequest) -> pb.GetNoteResponse:
        text, at = read_note(self.uow.session, request.matter_id, request.note_id)
        self.uow.log_read(request.matter_id, request.purpose)
        return pb.GetNoteResponse(text=text, written_at=timestamp(at))
