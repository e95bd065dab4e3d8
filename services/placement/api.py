"""The placement service's rpcs: get, act, emit, answer."""

from estafet.placement.v1 import service_pb2 as pb

from services.chassis.instants import day_of, timestamp
from services.chassis.paging import next_page, place_of, size_of
from services.chassis.rpc import rpc
from services.chassis.unit_of_work import Database, read_note
from services.handover import holding, receiving
from services.handover.store import holds
from services.handover.writing import held
from services.placement import offering, store
from services.placement.domain.p3mi import P3mi
from services.placement.domain.sanction import Recommendation, SanctionFile, WorkerMatter
from services.placement.domain.worker import Person, Placement, Worker
from services.placement.views import (
    file_view,
    ground_code,
    lock_of,
    offer_view,
    p3mi_view,
    placement_view,
    wish_view,
    worker_matter_view,
)
from services.placement.workflow import WORKFLOW
from services.process.calendar import end_of, local_day

LOCK_EXPIRY = "placement.lock_expiry"
FIRST = 1


class PlacementApi:
    """Agencies and their locks, workers and placements, sanction files. Custody is locked first."""

    name = "placement"
    uow = Database()
    holds = staticmethod(holds)

    @rpc
    def RegisterP3mi(self, request: pb.RegisterP3miRequest) -> pb.RegisterP3miResponse:
        store.must_be_new_licence(self.uow.session, request.licence_no)
        p3mi = P3mi(self.uow.new_id(), request.name, request.licence_no, self.uow.now)
        self.uow.add(p3mi)
        self.uow.emit(p3mi.register())
        return pb.RegisterP3miResponse(p3mi_id=p3mi.p3mi_id)

    @rpc
    def GetP3mi(self, request: pb.GetP3miRequest) -> pb.GetP3miResponse:
        p3mi = self.uow.read(P3mi, request.p3mi_id)
        return pb.GetP3miResponse(p3mi=p3mi_view(p3mi, local_day(self.uow.now)))

    @rpc
    def RegisterWorker(self, request: pb.RegisterWorkerRequest) -> pb.RegisterWorkerResponse:
        is_taken = store.is_nik_taken(self.uow.session, request.nik)
        worker = Worker(self.uow.new_id(), request.regency, self.uow.now)
        told = (request.name, request.nik, request.passport_no, request.contact)
        person = Person(worker.worker_id, *told)
        self.uow.add(worker)
        self.uow.add(person)
        self.uow.emit(worker.register())
        warnings = person.warnings(is_taken=is_taken)
        return pb.RegisterWorkerResponse(worker_id=worker.worker_id, warnings=warnings)

    @rpc
    def GetWorker(self, request: pb.GetWorkerRequest) -> pb.GetWorkerResponse:
        worker = self.uow.read(Worker, request.worker_id)
        worker.must_be_known()
        person = self.uow.read(Person, request.worker_id)
        self.uow.log_read(request.worker_id, request.purpose)
        return pb.GetWorkerResponse(
            worker_id=worker.worker_id,
            name=person.name,
            nik=person.nik,
            passport_no=person.passport_no,
            contact=person.contact,
            regency=worker.regency,
        )

    @rpc
    def EraseWorker(self, request: pb.EraseWorkerRequest) -> pb.EraseWorkerResponse:
        worker = self.uow.get(Worker, request.worker_id)
        store.must_be_erasable(self.uow.session, worker.worker_id)
        store.erase(self.uow.session, worker.worker_id)
        self.uow.emit(worker.erase(ground_code(request.ground), self.uow.now))
        return pb.EraseWorkerResponse()

    @rpc
    def StartPlacement(self, request: pb.StartPlacementRequest) -> pb.StartPlacementResponse:
        self._must_be_free(request.p3mi_id, request.country)
        worker = self.uow.get(Worker, request.worker_id)
        worker.must_be_known()
        store.must_not_be_in_process(self.uow.session, worker.worker_id)
        placement = Placement(
            self.uow.new_id(), worker.worker_id, request.p3mi_id, request.country, self.uow.now
        )
        self.uow.add(placement)
        self.uow.emit(placement.start())
        return pb.StartPlacementResponse(placement_id=placement.placement_id)

    @rpc
    def RecordDeparture(self, request: pb.RecordDepartureRequest) -> pb.RecordDepartureResponse:
        today = local_day(self.uow.now)
        asked = self.uow.read(Placement, request.placement_id)
        self._must_be_free(asked.p3mi_id, asked.country)
        placement = self.uow.get(Placement, request.placement_id)
        self.uow.emit(placement.depart(day_of("departed_on", request.departed_on), today))
        return pb.RecordDepartureResponse()

    def _must_be_free(self, p3mi_id: str, country: str) -> None:
        """The agency's row is shared to the end of the transaction: no decision comes between."""
        if p3mi_id:
            self.uow.guard(P3mi, p3mi_id).must_be_free(country, local_day(self.uow.now))

    @rpc
    def RecordReturn(self, request: pb.RecordReturnRequest) -> pb.RecordReturnResponse:
        placement = self.uow.get(Placement, request.placement_id)
        day = day_of("returned_on", request.returned_on)
        self.uow.emit(placement.come_back(day, local_day(self.uow.now)))
        return pb.RecordReturnResponse()

    @rpc
    def StopPlacement(self, request: pb.StopPlacementRequest) -> pb.StopPlacementResponse:
        self.uow.emit(self.uow.get(Placement, request.placement_id).stop(request.code))
        return pb.StopPlacementResponse()

    @rpc
    def GetPlacement(self, request: pb.GetPlacementRequest) -> pb.GetPlacementResponse:
        placement = self.uow.read(Placement, request.placement_id)
        return pb.GetPlacementResponse(placement=placement_view(placement))

    @rpc
    def ListOffers(self, request: pb.ListOffersRequest) -> pb.ListOffersResponse:
        size, after = size_of(request.page_size), place_of(request.page_token)
        found = store.waiting_offers(self.uow.session, after and after[1:], size + 1)
        following = next_page(found, size, lambda row: (0, row[1].due_at, row[1].matter_id))
        shown = [offer_view(asked, offer) for asked, offer in found[:size]]
        return pb.ListOffersResponse(offers=shown, next_page_token=following)

    @rpc
    def AcceptOffer(self, request: pb.AcceptOfferRequest) -> pb.AcceptOfferResponse:
        file_id = self.uow.new_id()
        receiving.accept(self.uow, request.matter_id, request.offer_no, file_id)
        asked = self.uow.read(Recommendation, request.matter_id)
        self.uow.add(asked.take_up(file_id, self.uow.now))
        return pb.AcceptOfferResponse(file_id=file_id)

    @rpc
    def DeclineOffer(self, request: pb.DeclineOfferRequest) -> pb.DeclineOfferResponse:
        receiving.decline(self.uow, request.matter_id, request.offer_no, request.code, request.text)
        return pb.DeclineOfferResponse()

    @rpc
    def AskAboutOffer(self, request: pb.AskAboutOfferRequest) -> pb.AskAboutOfferResponse:
        answer_by = WORKFLOW.clocks["question"].due_at(self.uow.now)
        receiving.ask(self.uow, request.matter_id, request.offer_no, request.text, answer_by)
        return pb.AskAboutOfferResponse()

    @rpc
    def ListSanctionFiles(
        self, request: pb.ListSanctionFilesRequest
    ) -> pb.ListSanctionFilesResponse:
        size, after = size_of(request.page_size), place_of(request.page_token)
        found = store.sanction_files(self.uow.session, after and after[1:], size + 1)
        following = next_page(found, size, lambda file: (0, file.taken_at, file.file_id))
        shown = [file_view(file) for file in found[:size]]
        return pb.ListSanctionFilesResponse(files=shown, next_page_token=following)

    @rpc
    def GetSanctionFile(self, request: pb.GetSanctionFileRequest) -> pb.GetSanctionFileResponse:
        return pb.GetSanctionFileResponse(
            file=file_view(self.uow.read(SanctionFile, request.file_id))
        )

    @rpc
    def LockP3mi(self, request: pb.LockP3miRequest) -> pb.LockP3miResponse:
        asked = self.uow.read(SanctionFile, request.file_id)
        held(self.uow, asked.matter_id)
        file = self.uow.get(SanctionFile, request.file_id)
        p3mi = self.uow.get(P3mi, file.p3mi_id)
        store.must_be_new_decision(self.uow.session, request.decision_no)
        lock = lock_of(request, self.uow.new_id(), p3mi.p3mi_id, local_day(self.uow.now))
        file.decide(lock.decision_id)
        self.uow.emit(p3mi.lock(lock))
        if lock.expires_on is not None:
            ends_at = end_of(lock.expires_on)
            self.uow.set_timer(LOCK_EXPIRY, lock.decision_id, FIRST, ends_at)
        stopped = store.in_process(self.uow.session, p3mi.p3mi_id, lock.countries)
        offering.set_matters_off(self.uow, stopped, lock.decision_id)
        sanctioned = WORKFLOW.grounds["sanctioned"].code
        holding.close(self.uow, file.matter_id, sanctioned, lock.article)
        return pb.LockP3miResponse(decision_id=lock.decision_id, workers_in_process=len(stopped))

    @rpc
    def CloseSanctionFile(
        self, request: pb.CloseSanctionFileRequest
    ) -> pb.CloseSanctionFileResponse:
        asked = self.uow.read(SanctionFile, request.file_id)
        held(self.uow, asked.matter_id)
        note_id = self.uow.write_note(asked.matter_id, request.text)
        self.uow.get(SanctionFile, request.file_id).close(note_id)
        ground = WORKFLOW.grounds["no_sanction"]
        holding.close(self.uow, asked.matter_id, ground.code, ground.article)
        return pb.CloseSanctionFileResponse()

    @rpc
    def LiftLock(self, request: pb.LiftLockRequest) -> pb.LiftLockResponse:
        p3mi = self.uow.get(P3mi, request.p3mi_id)
        self.uow.emit(p3mi.lift(request.decision_id, request.decision_no, self.uow.now))
        return pb.LiftLockResponse()

    @rpc
    def ListWorkerMatters(
        self, request: pb.ListWorkerMattersRequest
    ) -> pb.ListWorkerMattersResponse:
        size, after = size_of(request.page_size), place_of(request.page_token)
        found = store.worker_matters(self.uow.session, after and after[1:], size + 1)
        following = next_page(found, size, lambda row: (0, row[1].held_since, row[1].matter_id))
        shown = [worker_matter_view(*each) for each in found[:size]]
        return pb.ListWorkerMattersResponse(matters=shown, next_page_token=following)

    @rpc
    def OfferWorkerMatter(
        self, request: pb.OfferWorkerMatterRequest
    ) -> pb.OfferWorkerMatterResponse:
        offer = offering.offer_worker(self.uow, self.uow.read(WorkerMatter, request.matter_id))
        return pb.OfferWorkerMatterResponse(offer_no=offer.offer_no)

    @rpc
    def ClarifyWorkerMatter(
        self, request: pb.ClarifyWorkerMatterRequest
    ) -> pb.ClarifyWorkerMatterResponse:
        self.uow.read(WorkerMatter, request.matter_id)
        due_at = WORKFLOW.clocks["worker_offer"].due_at(self.uow.now)
        holding.clarify(self.uow, request.matter_id, request.text, due_at)
        return pb.ClarifyWorkerMatterResponse()

    @rpc
    def ListWishes(self, request: pb.ListWishesRequest) -> pb.ListWishesResponse:
        size, after = size_of(request.page_size), place_of(request.page_token)
        found = store.wishes(self.uow.session, after and after[1:], size + 1)
        following = next_page(found, size, lambda wish: (0, wish.wished_at, wish.plan_id))
        shown = [wish_view(wish) for wish in found[:size]]
        return pb.ListWishesResponse(wishes=shown, next_page_token=following)

    @rpc
    def GetNote(self, request: pb.GetNoteRequest) -> pb.GetNoteResponse:
        text, at = read_note(self.uow.session, request.matter_id, request.note_id)
        self.uow.log_read(request.matter_id, request.purpose)
        return pb.GetNoteResponse(text=text, written_at=timestamp(at))
