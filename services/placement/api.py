"""The placement service's rpcs: get, act, emit, answer."""

from estafet.placement.v1 import service_pb2 as pb

from services.chassis.instants import day_of, timestamp
from services.chassis.paging import next_page, place_of, size_of
from services.chassis.rpc import rpc
from services.chassis.unit_of_work import Database, read_note
from services.handover import acting, holding, receiving
from services.handover.acting import is_asked
from services.handover.custody import Custody
from services.handover.store import holds
from services.handover.writing import held_even_closed
from services.placement import offering, store
from services.placement.acting import (
    FILE,
    P3MI,
    PLACEMENT,
    WORKER,
    act_on,
    agency_is_free,
    of_file,
    of_p3mi,
    of_placement,
    of_worker,
    of_worker_matter,
    so,
)
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
from services.placement.workflow import LAW
from services.process.acts import Allowed, Guards, heard
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
        p3mi_id, told = self.uow.new_id(), (self.uow.session, request.licence_no)
        asked = {"is_new_licence": so(store.must_be_new_licence, *told)}
        acting.begun(self.uow, LAW, P3MI, p3mi_id, "RegisterP3mi", asked)
        p3mi = P3mi(p3mi_id, request.name, request.licence_no, self.uow.now)
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
        acting.begun(self.uow, LAW, WORKER, worker.worker_id, "RegisterWorker")
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
        worker.must_be_known()
        own, ground = (self.uow.session, worker.worker_id), ground_code(request.ground)
        asked = {
            "is_not_on_the_way": so(store.must_not_be_on_the_way, *own),
            "has_no_open_matter": so(store.must_have_no_matter, *own),
        }
        act_on(self.uow, of_worker(worker, self.uow.now), "EraseWorker", asked, ground)
        store.erase(*own)
        self.uow.emit(worker.erase(ground, self.uow.now))
        return pb.EraseWorkerResponse()

    @rpc
    def StartPlacement(self, request: pb.StartPlacementRequest) -> pb.StartPlacementResponse:
        placement_id = self.uow.new_id()
        is_free = agency_is_free(self.uow, request.p3mi_id, request.country)
        worker = self.uow.get(Worker, request.worker_id)
        worker.must_be_known()
        is_in_none = so(store.must_not_be_in_process, self.uow.session, worker.worker_id)
        asked = {"agency_is_free": is_free, "is_in_no_process": is_in_none}
        acting.begun(self.uow, LAW, PLACEMENT, placement_id, "StartPlacement", asked)
        way = worker.worker_id, request.p3mi_id, request.country
        placement = Placement(placement_id, *way, self.uow.now)
        self.uow.add(placement)
        self.uow.emit(placement.start())
        return pb.StartPlacementResponse(placement_id=placement.placement_id)

    @rpc
    def RecordDeparture(self, request: pb.RecordDepartureRequest) -> pb.RecordDepartureResponse:
        told = self.uow.read(Placement, request.placement_id)
        asked = {"agency_is_free": agency_is_free(self.uow, told.p3mi_id, told.country)}
        placement = self._placement(request.placement_id, "RecordDeparture", asked)
        day = day_of("departed_on", request.departed_on)
        self.uow.emit(placement.depart(day, local_day(self.uow.now)))
        return pb.RecordDepartureResponse()

    def _placement(
        self, placement_id: str, action: str, asked: Guards | None = None, reason: str = ""
    ) -> Placement:
        """A placement, locked, with which something may be done."""
        placement = self.uow.get(Placement, placement_id)
        act_on(self.uow, of_placement(placement, self.uow.now), action, asked, reason)
        return placement

    @rpc
    def RecordReturn(self, request: pb.RecordReturnRequest) -> pb.RecordReturnResponse:
        placement = self._placement(request.placement_id, "RecordReturn")
        day = day_of("returned_on", request.returned_on)
        self.uow.emit(placement.come_back(day, local_day(self.uow.now)))
        return pb.RecordReturnResponse()

    @rpc
    def StopPlacement(self, request: pb.StopPlacementRequest) -> pb.StopPlacementResponse:
        placement = self._placement(request.placement_id, "StopPlacement", reason=request.code)
        self.uow.emit(placement.stop(request.code))
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
        acting.begun(self.uow, LAW, FILE, file_id, "AcceptOffer")
        asked = self.uow.read(Recommendation, request.matter_id)
        self.uow.add(asked.take_up(file_id, self.uow.now))
        return pb.AcceptOfferResponse(file_id=file_id)

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
        file, custody = self._file(request.file_id)
        p3mi, told = self.uow.get(P3mi, file.p3mi_id), (self.uow.session, request.decision_no)
        asked = {"is_new_decision": so(store.must_be_new_decision, *told)}
        allowed = act_on(self.uow, of_file(file, self.uow.now), "LockP3mi", asked)
        lock = lock_of(request, self.uow.new_id(), p3mi.p3mi_id, local_day(self.uow.now))
        file.decide(lock.decision_id)
        heard(self.uow, LAW, of_p3mi(p3mi, self.uow.now), "locked", lock.decision_id)
        self.uow.emit(p3mi.lock(lock))
        if lock.expires_on is not None:
            ends_at = end_of(lock.expires_on)
            self.uow.set_timer(LOCK_EXPIRY, lock.decision_id, FIRST, ends_at)
        stopped = store.in_process(self.uow.session, p3mi.p3mi_id, lock.countries)
        offering.set_matters_off(self.uow, stopped, lock.decision_id)
        acting.end(self.uow, custody, "sanctioned", allowed, lock.article)
        return pb.LockP3miResponse(decision_id=lock.decision_id, workers_in_process=len(stopped))

    @rpc
    def CloseSanctionFile(
        self, request: pb.CloseSanctionFileRequest
    ) -> pb.CloseSanctionFileResponse:
        file, custody = self._file(request.file_id)
        allowed = act_on(self.uow, of_file(file, self.uow.now), "CloseSanctionFile")
        file.close(self.uow.write_note(file.matter_id, request.text))
        acting.end(self.uow, custody, "no_sanction", allowed)
        return pb.CloseSanctionFileResponse()

    def _file(self, file_id: str) -> tuple[SanctionFile, Custody]:
        """A file whose matter is held here, even ended, both locked: custody first."""
        custody = held_even_closed(self.uow, self.uow.read(SanctionFile, file_id).matter_id)
        return self.uow.get(SanctionFile, file_id), custody

    @rpc
    def LiftLock(self, request: pb.LiftLockRequest) -> pb.LiftLockResponse:
        p3mi, today = self.uow.get(P3mi, request.p3mi_id), local_day(self.uow.now)
        asked = {"is_locked_by_it": lambda: p3mi.is_locked_by(request.decision_id, today)}
        where, reason = of_p3mi(p3mi, self.uow.now), request.decision_id
        act_on(self.uow, where, "LiftLock", asked, reason)
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
        matter, allowed = self._on_worker_matter(request.matter_id, "OfferWorkerMatter")
        offer = offering.offer_worker(self.uow, matter, allowed)
        return pb.OfferWorkerMatterResponse(offer_no=offer.offer_no)

    @rpc
    def ClarifyWorkerMatter(
        self, request: pb.ClarifyWorkerMatterRequest
    ) -> pb.ClarifyWorkerMatterResponse:
        _, allowed = self._on_worker_matter(request.matter_id, "ClarifyWorkerMatter")
        due_at = allowed.starts(offering.WORKER_OFFER)
        holding.clarify(self.uow, request.matter_id, request.text, due_at)
        return pb.ClarifyWorkerMatterResponse()

    def _on_worker_matter(self, matter_id: str, action: str) -> tuple[WorkerMatter, Allowed]:
        """What may be done with the matter of a worker in process, whose custody is locked."""
        matter = self.uow.read(WorkerMatter, matter_id)
        custody = held_even_closed(self.uow, matter_id)
        asked = {"is_asked": lambda: is_asked(custody)}
        return matter, act_on(self.uow, of_worker_matter(custody, self.uow.now), action, asked)

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
