"""The story of one complaint, step by step, each through the door; prints what happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.journeys.people import Person, refusal
from tests.journeys.relay import Relay
from tests.support.waiting import until


@dataclass(frozen=True)
class Step:
    """One human act: what, and the trace that it began."""

    act: str
    trace_id: str


@dataclass
class Story:
    """A complaint with the people around it. `steps` are the human acts that were allowed."""

    relay: Relay
    complaint_id: str = ""
    number: str = ""
    secret: str = ""
    offer_no: int = 0
    case_id: str = ""
    steps: list[Step] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stranger = self.relay.person()
        self.complaint_officer = self.relay.officer("officer-complaint")
        self.case_officer = self.relay.officer("officer-protection")

    def act(self, person: Person, path: str, **fields: Any) -> Any:
        """One act of a person, noted and printed with its trace."""
        answer = person.post(path, **fields)
        name = path.rpartition(":")[2] if ":" in path else "file"
        self.steps.append(Step(name, person.trace_id))
        print(f"  {name:10} {self.relay.trace_url(person.trace_id)}")
        return answer

    # What complaint's side does.

    def file(self, **fields: Any) -> Story:
        filed = self.act(self.stranger, "/v1/complaints", **({"narrative": "a story"} | fields))
        self.complaint_id, self.number = filed["complaint_id"], filed["number"]
        self.secret = filed["secret"]
        return self

    def triage(self, category: str = "unpaid_wages", severity: int = 2) -> Story:
        self.complaint_act("triage", category=category, severity=severity)
        return self

    def complaint_act(self, name: str, **fields: Any) -> Any:
        path = f"/v1/complaints/{self.complaint_id}:{name}"
        return self.act(self.complaint_officer, path, **fields)

    def offer(self) -> Story:
        """Offer it, and wait until protection has it in its queue."""
        self.offer_no = int(self.complaint_act("offer")["offer_no"])
        until(lambda: self.queued(self.offer_no))
        return self

    # What protection's side does.

    def offer_act(self, name: str, **fields: Any) -> Any:
        path = f"/v1/protection/offers/{self.complaint_id}:{name}"
        return self.act(self.case_officer, path, offer_no=self.offer_no, **fields)

    def accept(self) -> Story:
        """Accept it, and wait until the case is open."""
        self.case_id = self.offer_act("accept")["case_id"]
        self.wait_for_case("CASE_STATUS_OPEN")
        return self

    def case_act(self, name: str, **fields: Any) -> Any:
        path = f"/v1/protection/cases/{self.case_id}:{name}"
        return self.act(self.case_officer, path, **fields)

    # What can be seen.

    def queued(self, offer_no: int = 0) -> dict[str, Any] | None:
        """The matter in protection's queue; with an offer_no, only as that offer."""
        for offer in self.case_officer.get("/v1/protection/offers", page_size="200")["offers"]:
            if offer["matter_id"] == self.complaint_id:
                found: dict[str, Any] = offer
                return found if offer_no in (0, int(offer["offer_no"])) else None
        return None

    def status(self) -> dict[str, Any]:
        """What GetStatus tells an officer."""
        path = f"/v1/complaints/{self.complaint_id}/status"
        told: dict[str, Any] = self.complaint_officer.get(path, language="en")
        return told

    def acts(self) -> list[dict[str, Any]]:
        """What was done with the complaint, in order, as an officer sees it."""
        path = f"/v1/complaints/{self.complaint_id}/history"
        found: list[dict[str, Any]] = self.complaint_officer.get(path)["acts"]
        return found

    def history(self) -> list[str]:
        """The same, by name."""
        return [act["action"] for act in self.acts()]

    def why_not_closed(self, ground: str) -> str:
        """Why it cannot end on a ground."""
        path = f"/v1/complaints/{self.complaint_id}:close"
        return refusal(self.complaint_officer, path, ground=ground)

    def seen(self) -> dict[str, Any]:
        """What a complaint officer sees of it in full."""
        path = f"/v1/complaints/{self.complaint_id}"
        told: dict[str, Any] = self.complaint_officer.get(path, purpose="a test")["complaint"]
        return told

    def case(self) -> dict[str, Any]:
        told: dict[str, Any] = self.case_officer.get(f"/v1/protection/cases/{self.case_id}")["case"]
        return told

    def wait_for_stage(self, stage: str) -> dict[str, Any]:
        """Its status, once it stands there."""
        until(lambda: self.status()["stage"] == f"STAGE_{stage}")
        return self.status()

    def wait_for_case(self, status: str) -> dict[str, Any]:
        until(lambda: self.case()["status"] == status)
        return self.case()
