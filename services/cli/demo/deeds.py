"""Does the script's deeds through the door, as the officers would: each by one public call."""

import time
from functools import singledispatchmethod
from typing import Any

from services.cli.demo import actions
from services.cli.demo.actions import Action
from services.cli.demo.door import Door
from services.cli.demo.notes import note_of
from services.cli.demo.plan import Plan
from services.cli.demo.queues import Queues
from services.cli.demo.texts import text_of

COMPLAINT_OFFICERS = ("officer-complaint", "officer-complaint-2")
PROTECTION_OFFICERS = ("officer-protection", "officer-protection-2")


class Deeds:
    """Who filed what under which id, and what the officers have done.

    `offered_at` is real time (seconds since 1970) at which an offer's command was answered, by
    complaint and offer number. Safe for threads that work on different filings.
    """

    def __init__(self, plan: Plan, door: Door, queues: Queues) -> None:
        self._plan, self._door, self._queues = plan, door, queues
        self.ids: dict[int, str] = {}
        self.offered_at: dict[tuple[str, int], float] = {}

    def do(self, action: Action) -> None:
        """Do one deed; DemoFailed if it is refused."""
        self._do(action)

    @singledispatchmethod
    def _do(self, action: Action) -> None:
        raise TypeError(f"nobody does {type(action).__name__}")

    @_do.register
    def _(self, action: actions.File) -> None:
        text = text_of(self._plan.filings[action.index], self._plan.seed)
        answer = self._door.command(
            "/v1/complaints",
            {
                "narrative": text.narrative,
                "channel": f"CHANNEL_{text.channel.upper()}",
                "reporter": f"REPORTER_{text.filer.upper()}",
                "complainant_name": text.complainant_name,
                "contact": text.contact,
                "worker_name": text.worker_name,
                "employer_name": text.employer_name,
                "p3mi_name": text.p3mi_name,
                "country": text.country,
                "urgent": text.urgent,
            },
        )
        self.ids[action.index] = answer["complaint_id"]

    @_do.register
    def _(self, action: actions.Triage) -> None:
        body = {"category": action.category, "severity": action.severity}
        self._of_complaint(action, "triage", body)

    @_do.register
    def _(self, action: actions.Offer) -> None:
        answer = self._of_complaint(action, "offer", {})
        self.offered_at[self.ids[action.index], int(answer["offer_no"])] = time.time()

    @_do.register
    def _(self, action: actions.Clarify) -> None:
        self._of_complaint(action, "clarify", {"text": note_of(action)})

    @_do.register
    def _(self, action: actions.Answer) -> None:
        self._of_complaint(action, "answer", {"text": note_of(action)})

    @_do.register
    def _(self, action: actions.Close) -> None:
        self._of_complaint(action, "close", {"ground": action.ground})

    @_do.register
    def _(self, action: actions.Ask) -> None:
        days = {"answer_within_days": action.answer_within_days}
        self._of_offer(action, "ask", {"text": note_of(action), **days})

    @_do.register
    def _(self, action: actions.Accept) -> None:
        self._of_offer(action, "accept", {})

    @_do.register
    def _(self, action: actions.Decline) -> None:
        self._of_offer(action, "decline", {"code": action.code, "text": note_of(action)})

    @_do.register
    def _(self, action: actions.Mediate) -> None:
        body: dict[str, object] = {
            "outcome": f"MEDIATION_OUTCOME_{action.outcome.upper()}",
            "text": note_of(action),
        }
        if (promised := action.commitment) is not None:
            amount = {"amount": promised.amount, "currency": "IDR"}
            body["commitment"] = {"amount": amount, "due_on": promised.due_on.isoformat()}
        self._of_case(action, "mediate", body)

    @_do.register
    def _(self, action: actions.Return) -> None:
        self._of_case(action, "return", {"result": action.result, "text": note_of(action)})

    def _of_complaint(self, action: Action, verb: str, body: dict[str, object]) -> dict[str, Any]:
        officer = COMPLAINT_OFFICERS[action.index % len(COMPLAINT_OFFICERS)]
        path = f"/v1/complaints/{self.ids[action.index]}:{verb}"
        return self._door.command(path, body, officer)

    def _of_offer(self, action: Action, verb: str, body: dict[str, object]) -> None:
        matter_id = self.ids[action.index]
        number = {"offer_no": self._queues.offers[matter_id]}
        path = f"/v1/protection/offers/{matter_id}:{verb}"
        self._door.command(path, {**number, **body}, _protection_officer(action))

    def _of_case(self, action: Action, verb: str, body: dict[str, object]) -> None:
        case_id = self._queues.cases[self.ids[action.index]]
        path = f"/v1/protection/cases/{case_id}:{verb}"
        self._door.command(path, body, _protection_officer(action))


def _protection_officer(action: Action) -> str:
    return PROTECTION_OFFICERS[action.index % len(PROTECTION_OFFICERS)]
