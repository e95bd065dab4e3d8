"""The story of a placement agency: its workers, a recommended sanction, its lock; all fictional."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from tests.journeys.relay import Relay
from tests.journeys.story import Story
from tests.support.waiting import until


@dataclass
class SanctionStory(Story):
    """A complaint whose case recommends a sanction. `journeys`: those of the workers in process."""

    p3mi_id: str = ""
    placements: list[str] = field(default_factory=list)
    sanction_id: str = ""
    sanction_offer_no: int = 0
    file_id: str = ""
    decision_id: str = ""
    journeys: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.placement_officer = self.relay.officer("officer-placement")

    # What placement's register does.

    def place(self, path: str, **fields: Any) -> Any:
        return self.act(self.placement_officer, path, **fields)

    def register(self, workers: int = 1) -> SanctionStory:
        """An agency with workers in process to Malaysia."""
        licence = f"SIP3MI fiktif {uuid.uuid4()}"
        agency = self.place("/v1/p3mi", name="PT Contoh Fiktif", licence_no=licence)
        self.p3mi_id = agency["p3mi_id"]
        for _ in range(workers):
            self.start()
        return self

    def start(self, **told: str) -> str:
        """One more worker in process; the placement's id."""
        worker = self.place("/v1/workers", **({"name": "Pekerja Contoh"} | told))
        ids = {"worker_id": worker["worker_id"], "p3mi_id": self.p3mi_id}
        placement_id: str = self.place("/v1/placements", **ids, country="MYS")["placement_id"]
        self.placements.append(placement_id)
        return placement_id

    # The recommended sanction.

    def recommend(self, text: str = "Alasan (contoh).") -> SanctionStory:
        """Recommend a sanction in the case, and wait until placement has it in its queue."""
        told = {"p3mi_id": self.p3mi_id, "violation": "overcharging", "text": text}
        recommended = self.case_act("recommend_sanction", **told)
        self.sanction_id = recommended["matter_id"]
        return self._queue(recommended)

    def sanction_act(self, name: str, **fields: Any) -> Any:
        path = f"/v1/protection/sanctions/{self.sanction_id}:{name}"
        return self.act(self.case_officer, path, **fields)

    def offer_again(self) -> SanctionStory:
        return self._queue(self.sanction_act("offer"))

    def _queue(self, offered: dict[str, Any]) -> SanctionStory:
        self.sanction_offer_no = int(offered["offer_no"])
        until(lambda: self.sanction_offer().get("offer_no") == str(self.sanction_offer_no))
        return self

    def sanction_offer(self) -> dict[str, Any]:
        """The recommendation in placement's queue; empty when it is not there."""
        queue = self.placement_officer.get("/v1/placement/offers", page_size="200")["offers"]
        return next((offer for offer in queue if offer["matter_id"] == self.sanction_id), {})

    def reply(self, name: str, **fields: Any) -> Any:
        """Placement's answer to the offer."""
        path = f"/v1/placement/offers/{self.sanction_id}:{name}"
        return self.place(path, offer_no=self.sanction_offer_no, **fields)

    def sanction(self) -> dict[str, Any]:
        """Where the recommendation stands, as protection sees it."""
        path = f"/v1/protection/cases/{self.case_id}/sanctions"
        (found,) = (
            each
            for each in self.case_officer.get(path)["sanctions"]
            if each["matter_id"] == self.sanction_id
        )
        told: dict[str, Any] = found
        return told

    def take_up(self) -> SanctionStory:
        """Placement accepts, and its file opens."""
        self.file_id = self.reply("accept")["file_id"]
        path = f"/v1/placement/sanctions/{self.file_id}"
        until(lambda: self.placement_officer.get(path)["file"]["status"] == "FILE_STATUS_OPEN")
        return self

    def settle_question(self, question: str = "bukti?", answer: str = "ada") -> SanctionStory:
        """Placement asks, and protection answers."""
        self.reply("ask", text=question)
        until(lambda: self.sanction()["offer_state"] == "asked")
        self.sanction_act("clarify", text=answer)
        until(lambda: self.sanction_offer().get("answer_note_id"))
        return self

    def decline(self, text: str = "tidak cukup") -> SanctionStory:
        """Placement gives the recommendation back."""
        self.reply("decline", code="incomplete", text=text)
        until(lambda: self.sanction()["offer_state"] == "declined")
        return self

    def lock(self, **fields: Any) -> SanctionStory:
        """Lock the agency, and wait until each worker in process has a matter at protection."""
        paper = {
            "decision_no": f"{uuid.uuid4()} (contoh)",
            "article": "Pasal contoh",
            "signatory": "Pejabat contoh",
        }
        path = f"/v1/placement/sanctions/{self.file_id}:lock"
        answer = self.place(path, **paper, **fields)
        self.decision_id = answer["decision_id"]
        query = "SELECT matter_id FROM worker_matter WHERE decision_id = %s"
        rows = self.relay.rows("placement", query, self.decision_id)
        assert len(rows) == answer["workers_in_process"]
        begun = [row["matter_id"] for row in rows]
        self.journeys += begun
        until(lambda: all(self.offer_of(matter_id) for matter_id in begun))
        return self

    # The matter of a worker in process.

    def offer_of(self, matter_id: str) -> dict[str, Any]:
        """A worker's matter in protection's queue; empty when it is not there."""
        queue = self.case_officer.get("/v1/protection/offers", page_size="200")["offers"]
        return next((offer for offer in queue if offer["matter_id"] == matter_id), {})

    def worker_reply(self, matter_id: str, name: str, **fields: Any) -> Any:
        """Protection's answer to the offer of a worker's matter."""
        offer_no = self.offer_of(matter_id)["offer_no"]
        path = f"/v1/protection/offers/{matter_id}:{name}"
        return self.act(self.case_officer, path, offer_no=offer_no, **fields)

    def look_after(self, matter_id: str) -> None:
        """Protection takes a worker's matter over, opens the case and returns it; it ends."""
        case_id = self.worker_reply(matter_id, "accept")["case_id"]
        path = f"/v1/protection/cases/{case_id}"
        until(lambda: self.case_officer.get(path)["case"]["status"] == "CASE_STATUS_OPEN")
        self.act(self.case_officer, f"{path}:return", result="settled")
        query = "SELECT 1 FROM matter WHERE matter_id = %s AND closed_at IS NOT NULL"
        until(lambda: self.relay.rows("protection", query, matter_id))

    def waits_here(self, matter_id: str) -> bool:
        """Whether a worker's matter has come back to placement."""
        waiting = self.placement_officer.get("/v1/placement/matters", page_size="200")["matters"]
        return matter_id in {each["matter_id"] for each in waiting}


def a_story(relay: Relay) -> SanctionStory:
    """A case that is open, and an agency with two workers in process."""
    story = SanctionStory(relay)
    story.register(workers=2)
    story.file(country="MYS").triage().offer().accept()
    return story
