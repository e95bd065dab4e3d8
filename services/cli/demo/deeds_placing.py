"""Does what is placed: through the door, as placement's officers, and protection's for workers whom
a lock left in process."""

from collections.abc import Mapping
from datetime import date

from services.cli.demo import placing
from services.cli.demo.deeds_onward import PLACEMENT
from services.cli.demo.door import Door
from services.cli.demo.expected_further import IN_PROCESS
from services.cli.demo.notes import note_of
from services.cli.demo.papers import Papers
from services.cli.demo.people import Registered, placed_worker
from services.cli.demo.placing import Placing
from services.cli.demo.queues import Queues
from services.cli.demo.texts import agencies

PROTECTION = "officer-protection"


class Placings:
    """Agencies, workers and their ways; safe for threads that work on different ones."""

    def __init__(self, door: Door, papers: Papers, queues: Queues, seed: int) -> None:
        self._door, self._papers, self._queues, self._seed = door, papers, queues, seed

    def do(self, action: Placing, today: date) -> None:
        number = action.index
        match action:
            case placing.RegisterAgency():
                named = {"name": agencies()[number], "licence_no": f"FIKTIF/{number:03}"}
                self._papers.agencies[number] = self._command("/v1/p3mi", named)["p3mi_id"]
            case placing.Start():
                self._start(action)
            case placing.Depart():
                self._move(number, "depart", {"departed_on": today.isoformat()})
            case placing.ComeBack():
                self._move(number, "return", {"returned_on": today.isoformat()})
            case placing.Stop(_, code):
                self._move(number, "stop", {"code": code})
            case placing.TakeWorker():
                self._take_worker(number)
            case placing.ReturnWorker(_, result):
                path = f"/v1/protection/cases/{self._papers.work[IN_PROCESS, number]}:return"
                body = {"result": result, "text": note_of(action)}
                self._door.command(path, body, PROTECTION)

    def register(self, worker: Registered) -> str:
        """Enter a worker; the id."""
        told = self._command(
            "/v1/workers",
            {
                "name": worker.name,
                "nik": worker.nik,
                "passport_no": worker.passport_no,
                "contact": worker.contact,
                "regency": worker.regency,
            },
        )
        return str(told["worker_id"])

    def _start(self, action: placing.Start) -> None:
        number = action.index
        worker_id = self._papers.workers[number] = self.register(placed_worker(number, self._seed))
        agency = "" if action.agency is None else self._papers.agencies[action.agency]
        way = {"worker_id": worker_id, "p3mi_id": agency, "country": action.country}
        self._papers.placements[number] = self._command("/v1/placements", way)["placement_id"]

    def _move(self, number: int, verb: str, body: dict[str, object]) -> None:
        self._command(f"/v1/placements/{self._papers.placements[number]}:{verb}", body)

    def _take_worker(self, number: int) -> None:
        matter_id, offer_no = self._queues.offers[self._papers.workers[number]]
        path = f"/v1/protection/offers/{matter_id}:accept"
        case_id = self._door.command(path, {"offer_no": offer_no}, PROTECTION)["case_id"]
        self._papers.ids[IN_PROCESS, number] = matter_id
        self._papers.work[IN_PROCESS, number] = case_id

    def _command(self, path: str, body: Mapping[str, object]) -> dict[str, str]:
        return self._door.command(path, body, PLACEMENT)
