"""The story of somebody who is brought home and goes on from there; all fictional."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.process.calendar import local_day
from tests.journeys.story import Story
from tests.support.waiting import until


@dataclass
class Homecoming(Story):
    """A complaint whose case brings a worker home, and what empowerment does then."""

    worker_id: str = ""
    home_id: str = ""
    home_offer_no: int = 0
    plan_id: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.placement_officer = self.relay.officer("officer-placement")
        self.empowerment_officer = self.relay.officer("officer-empowerment")

    def link(self) -> Homecoming:
        """An officer confirms who the complaint is about, after a mistake."""
        for name in ("Pekerja Keliru", "Pekerja Contoh"):
            if self.worker_id:
                self.complaint_act("unlink")
            worker = self.act(self.placement_officer, "/v1/workers", name=name)
            self.worker_id = worker["worker_id"]
            self.complaint_act("link", worker_id=self.worker_id)
        until(lambda: self.case()["worker_id"] == self.worker_id)
        return self

    def repatriate(self) -> Homecoming:
        self.home_id = self.case_act("repatriate", country="SAU")["matter_id"]
        return self

    def home_act(self, name: str, **fields: Any) -> Any:
        path = f"/v1/protection/repatriations/{self.home_id}:{name}"
        return self.act(self.case_officer, path, **fields)

    def arrive(self, *needs: str) -> Homecoming:
        """They come home; with needs, empowerment has them in its queue."""
        arrived_on = local_day(self.relay.clock.now()).isoformat()
        return self._queue(self.home_act("arrive", arrived_on=arrived_on, needs=needs))

    def offer_again(self) -> Homecoming:
        return self._queue(self.home_act("offer"))

    def _queue(self, offered: dict[str, Any]) -> Homecoming:
        self.home_offer_no = int(offered["offer_no"])
        if self.home_offer_no:
            until(lambda: self.waiting().get("offer_no") == str(self.home_offer_no))
        return self

    def waiting(self) -> dict[str, Any]:
        """The returnee in empowerment's queue; empty when they are not there."""
        queue = self.empowerment_officer.get("/v1/empowerment/offers", page_size="200")["offers"]
        return next((offer for offer in queue if offer["matter_id"] == self.home_id), {})

    def home(self) -> dict[str, Any]:
        """The repatriation, as protection sees it."""
        path = f"/v1/protection/repatriations/{self.home_id}"
        told: dict[str, Any] = self.case_officer.get(path)["repatriation"]
        return told

    def reply(self, name: str, **fields: Any) -> Any:
        """Empowerment's answer to the offer."""
        path = f"/v1/empowerment/offers/{self.home_id}:{name}"
        return self.act(self.empowerment_officer, path, offer_no=self.home_offer_no, **fields)

    def settle_question(self, question: str = "apa?", answer: str = "itu") -> Homecoming:
        """Empowerment asks, and protection answers."""
        self.reply("ask", text=question)
        until(lambda: self.home()["offer_state"] == "asked")
        self.home_act("clarify", text=answer)
        until(lambda: self.waiting().get("answer_note_id"))
        return self

    def decline(self, text: str = "bukan kami") -> Homecoming:
        """Empowerment gives the matter back."""
        self.reply("decline", code="not_ours", text=text)
        until(lambda: self.home()["offer_state"] == "declined")
        return self

    def take_on(self) -> Homecoming:
        """Empowerment accepts, and its plan opens."""
        self.plan_id = self.reply("accept")["plan_id"]
        until(lambda: self.plan()["status"] == "PLAN_STATUS_OPEN")
        return self

    def plan(self) -> dict[str, Any]:
        path = f"/v1/empowerment/plans/{self.plan_id}"
        told: dict[str, Any] = self.empowerment_officer.get(path)["plan"]
        return told

    def plan_act(self, name: str, **fields: Any) -> Any:
        path = f"/v1/empowerment/plans/{self.plan_id}:{name}"
        return self.act(self.empowerment_officer, path, **fields)

    def wishes(self) -> list[str]:
        """The plans of those who, as placement knows, want to go again."""
        found = self.placement_officer.get("/v1/placement/wishes", page_size="200")["wishes"]
        return [wish["plan_id"] for wish in found]
