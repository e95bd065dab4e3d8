"""The story of a complaint about which a placement agency is heard; all fictional."""

from __future__ import annotations

import base64
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.process.calendar import local_day
from tests.journeys.relay import Relay
from tests.journeys.story import Story
from tests.support.waiting import until

OFFICER, AGENCY = "Petugas Contoh", "Direktur Contoh"
A_PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n (contoh)").decode()
ABOUT = "/v1/clarifications"


@dataclass
class ClarificationStory(Story):
    """A complaint, its officer, the agency by its link, and placement."""

    clarification_id: str = ""
    link: str = ""
    p3mi_id: str = ""
    sanction_id: str = ""
    sanction_offer_no: int = 0
    journeys: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.placement_officer = self.relay.officer("officer-placement")
        self.agency = self.relay.person()

    def begin(self) -> ClarificationStory:
        """A complaint about an agency that placement has registered."""
        licence = f"SIP3MI fiktif {uuid.uuid4()}"
        told = {"name": "PT Contoh Fiktif", "licence_no": licence}
        self.p3mi_id = self.act(self.placement_officer, "/v1/p3mi", **told)["p3mi_id"]
        self.file(country="MYS", p3mi_name="PT Contoh Fiktif").triage()
        return self

    def invite(self, **fields: Any) -> ClarificationStory:
        """Invite the agency for a session, in three days unless `days` says otherwise."""
        told = {
            "meets_at": self.in_days(fields.pop("days", 3)),
            "place": "online",
            "asked": "Mengapa gaji belum dibayar? (contoh)",
            "p3mi_id": self.p3mi_id,
        }
        return self._linked(self.complaint_act("invite", **(told | fields)))

    def renew(self) -> ClarificationStory:
        return self._linked(self.complaint_act("renew_invitation"))

    def _linked(self, answer: dict[str, Any]) -> ClarificationStory:
        self.clarification_id, self.link = answer["clarification_id"], answer["secret"]
        return self

    def open(self) -> ClarificationStory:
        """The agency goes in by its link."""
        key = {"clarification_id": self.clarification_id, "secret": self.link}
        answer = self.relay.person().client.post(f"{ABOUT}:open", json=key)
        assert answer.status_code == 200, answer.text
        self.agency = self.relay.person(answer.json()["token"])
        return self

    def open_page(self) -> str:
        """The agency goes in by its link, on the page; what it sees."""
        text = f"https://contoh.example/klarifikasi#{self.clarification_id}.{self.link}"
        return self.on_page("", link=text)

    def on_page(self, form: str, **fields: str) -> str:
        """Send one of the page's forms; the page that follows."""
        answer = self.agency.client.post(f"/klarifikasi{form}", data=fields)
        assert answer.status_code == 200, answer.text
        return answer.text

    def agency_act(self, name: str, /, **fields: Any) -> Any:
        return self.act(self.agency, f"{ABOUT}/{self.clarification_id}:{name}", **fields)

    def invitation(self) -> dict[str, Any]:
        """What the agency sees."""
        told: dict[str, Any] = self.agency.get(f"{ABOUT}/{self.clarification_id}")
        return told

    def answer(self, **fields: Any) -> Any:
        told = {"name": AGENCY, "office": "Direktur", "explanation": "Dana terlambat (contoh)."}
        return self.agency_act("answer", **(told | fields))

    def hold(self, outcome: str, **fields: Any) -> Any:
        """The session is over: who was there, and what came of it."""
        agency = {"role": "PARTY_ROLE_P3MI", "name": AGENCY, "absent": fields.pop("absent", False)}
        told = {
            "held_at": self.relay.clock.now().isoformat(),
            "place": "online",
            "parties": [{"role": "PARTY_ROLE_OFFICER", "name": OFFICER}, agency],
            "outcome": f"CLARIFICATION_OUTCOME_{outcome}",
        }
        return self.complaint_act("hold_clarification", **(told | fields))

    def promise(self, days: int = 3) -> dict[str, Any]:
        due_on = (local_day(self.relay.clock.now()) + timedelta(days=days)).isoformat()
        return {"what": "Membayar gaji (contoh)", "amount_rupiah": "9000000", "due_on": due_on}

    def confirm(self, state: str, text: str = "") -> Any:
        (line,) = self.clarification()["commitments"]
        told = {"commitment_id": line["commitment_id"], "text": text}
        return self.complaint_act("confirm_commitment", state=f"COMMITMENT_STATE_{state}", **told)

    def clarification(self) -> dict[str, Any]:
        """What the officer sees."""
        path = f"/v1/complaints/{self.complaint_id}/clarification"
        told: dict[str, Any] = self.complaint_officer.get(path, purpose="a test")
        return told

    def in_days(self, days: int) -> str:
        return (self.relay.clock.now() + timedelta(days=days)).isoformat()

    def pass_days(self, days: int) -> None:
        self.relay.clock.advance_to(self.relay.clock.now() + timedelta(days=days))

    def pass_clock(self) -> None:
        """Nobody acts until the clock that runs has ended."""
        due_at = datetime.fromisoformat(self.status()["due_at"])
        self.relay.clock.advance_to(due_at + timedelta(seconds=1))

    # A sanction without a mediation.

    def broken(self, admitted: str = "ADMISSION_ADMITTED") -> ClarificationStory:
        """What was promised in the second session was not done."""
        self.invite().hold("SECOND", absent=True)
        self.invite().open()
        self.hold("SETTLED", commitments=[self.promise(0)], admitted=admitted)
        self.pass_days(2)
        self.confirm("BROKEN")
        return self

    def recommend(self, text: str = "Tidak dibayar (contoh).") -> ClarificationStory:
        """Recommend a sanction, and wait until placement has it in its queue."""
        told = {"violation": "broken_commitment", "text": text}
        made = self.complaint_act("recommend_sanction", **told)
        self.sanction_id, self.sanction_offer_no = made["matter_id"], int(made["offer_no"])
        until(lambda: self.sanction_offer().get("offer_no") == made["offer_no"])
        return self

    def sanction_offer(self) -> dict[str, Any]:
        """The recommendation in placement's queue; empty when it is not there."""
        queue = self.placement_officer.get("/v1/placement/offers", page_size="200")["offers"]
        return next((offer for offer in queue if offer["matter_id"] == self.sanction_id), {})

    def reply(self, name: str, **fields: Any) -> Any:
        """Placement's answer to the offer."""
        path = f"/v1/placement/offers/{self.sanction_id}:{name}"
        return self.act(self.placement_officer, path, offer_no=self.sanction_offer_no, **fields)

    def wait_for_sanction(self, state: str) -> None:
        until(lambda: self.clarification()["sanction_state"] == state)


def a_story(relay: Relay) -> ClarificationStory:
    """A complaint about an agency, triaged."""
    return ClarificationStory(relay).begin()
