"""Does the script's deeds through the door, as the officers would: each by one public call."""

import time
from collections.abc import Collection
from datetime import date
from functools import singledispatchmethod
from typing import Any

from services.cli.demo import actions, giving_on
from services.cli.demo.actions import Action
from services.cli.demo.clarifying import Appoint, Clarifying
from services.cli.demo.contact import plan_of
from services.cli.demo.deeds_clarifying import Clarifications
from services.cli.demo.deeds_onward import Sanctions, WaysHome, answer_as_ministry
from services.cli.demo.deeds_placing import Placings
from services.cli.demo.door import Door
from services.cli.demo.expected import complaint
from services.cli.demo.giving_on import ComingHome, Ministerial, Sanctioning
from services.cli.demo.ministries import Ministries
from services.cli.demo.notes import note_of
from services.cli.demo.papers import Papers
from services.cli.demo.people import complained_worker
from services.cli.demo.placing import Placing
from services.cli.demo.plan import Plan
from services.cli.demo.queues import Queues
from services.cli.demo.texts import text_of

COMPLAINT_OFFICERS = ("officer-complaint", "officer-complaint-2")
PROTECTION_OFFICERS = ("officer-protection", "officer-protection-2")


class Deeds:
    """What the officers have done, and what they were answered.

    `offered_at` is real time (seconds since 1970) at which an offer's command was answered, by
    complaint and offer number. Safe for threads that work on different lines.
    """

    def __init__(self, plan: Plan, door: Door, queues: Queues, ministries: Ministries) -> None:
        self._plan, self._door, self._queues = plan, door, queues
        self._ministries, self.papers = ministries, Papers()
        self._placings = Placings(door, self.papers, queues, plan.seed)
        self._sanctions = Sanctions(door, self.papers)
        self._ways_home = WaysHome(door, self.papers)
        self._clarifications = Clarifications(door, self.papers)
        self.offered_at: dict[tuple[str, int], float] = {}

    def look(self, actions: Collection[Action]) -> None:
        """Read what the officers have to see before they do a day's deeds."""
        self._queues.look(actions, self.papers)
        self._ministries.look(actions, self.papers.ids)

    def do(self, action: Action, today: date) -> None:
        """Do one deed; DemoFailed if it is refused."""
        if isinstance(action, Placing):
            self._placings.do(action, today)
        elif isinstance(action, Sanctioning):
            self._sanctions.do(action, self._case_of(action), _protection_officer(action))
        elif isinstance(action, ComingHome):
            case_id, officer = self._case_of(action), _protection_officer(action)
            self._ways_home.do(action, case_id, officer, today)
        elif isinstance(action, Appoint):
            self._clarifications.appoint(action.index)
        elif isinstance(action, Clarifying):
            officer = _complaint_officer(action)
            self._clarifications.do(action, self._id(action), officer, today)
        elif isinstance(action, Ministerial):
            answer_as_ministry(action, self._id(action), self._ministries)
        else:
            self._do(action)

    def _id(self, action: Action) -> str:
        return self.papers.ids[complaint(action.index)]

    def _case_of(self, action: Action) -> str:
        """Empty once the case is over, or where the deed needs none."""
        return self._queues.cases.get(self._id(action), "")

    @singledispatchmethod
    def _do(self, action: Action) -> None:
        raise TypeError(f"nobody does {type(action).__name__}")

    @_do.register
    def _(self, action: actions.File) -> None:
        filings = self._plan.filings
        first = None if action.twin_of is None else filings[action.twin_of]
        text = text_of(filings[action.index], self._plan.seed, first)
        plan = {"plan": plan_of(action)} if action.plan else {}
        answer = self._door.command(
            "/v1/complaints",
            {
                **plan,
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
        self.papers.ids[complaint(action.index)] = answer["complaint_id"]
        key = {name: answer[name] for name in ("number", "secret")}
        self.papers.keys[action.index] = key

    @_do.register
    def _(self, action: actions.Triage) -> None:
        body = {"category": action.category, "severity": action.severity}
        self._of_complaint(action, "triage", body)

    @_do.register
    def _(self, action: actions.RequestDocuments) -> None:
        missing = ["identity", "contract"]
        body: dict[str, object] = {"documents": missing, "text": note_of(action)}
        self._of_complaint(action, "request_documents", body)

    @_do.register
    def _(self, action: actions.ReceiveDocuments) -> None:
        self._of_complaint(action, "receive_documents", {})

    @_do.register
    def _(self, action: actions.Merge) -> None:
        into = self.papers.ids[complaint(action.into)]
        self._of_complaint(action, "merge", {"into_id": into})

    @_do.register
    def _(self, action: actions.Survey) -> None:
        self._clarifications.answer_survey(action, self._id(action))

    @_do.register
    def _(self, action: actions.Distribute) -> None:
        self._of_complaint(action, "distribute", {"service": f"SERVICE_{action.service.upper()}"})

    @_do.register
    def _(self, action: actions.Offer) -> None:
        answer = self._of_complaint(action, "offer", {})
        self.offered_at[self._id(action), int(answer["offer_no"])] = time.time()

    @_do.register
    def _(self, action: actions.Clarify) -> None:
        self._of_complaint(action, "clarify", {"text": note_of(action)})

    @_do.register
    def _(self, action: actions.Answer) -> None:
        self._of_complaint(action, "answer", {"text": note_of(action)})

    @_do.register
    def _(self, action: actions.Close) -> None:
        self._of_complaint(action, "close", {"ground": action.ground, "text": note_of(action)})

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
    def _(self, action: giving_on.Identify) -> None:
        filing = self._plan.filings[action.index]
        worker = complained_worker(filing, text_of(filing, self._plan.seed).worker_name)
        self._of_complaint(action, "link", {"worker_id": self._placings.register(worker)})

    @_do.register
    def _(self, action: giving_on.Agree) -> None:
        body = {"ministry": action.ministry, "given": True, "how": "spoken"}
        self._of_complaint(action, "consent", body)

    @_do.register
    def _(self, action: giving_on.Refer) -> None:
        self._of_case(action, "refer", {"ministry": action.ministry, "request": action.request})

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
        path = f"/v1/complaints/{self._id(action)}:{verb}"
        return self._door.command(path, body, _complaint_officer(action))

    def _of_offer(self, action: Action, verb: str, body: dict[str, object]) -> None:
        matter_id = self._id(action)
        number = {"offer_no": self._queues.offers[matter_id].offer_no}
        path = f"/v1/protection/offers/{matter_id}:{verb}"
        self._door.command(path, {**number, **body}, _protection_officer(action))

    def _of_case(self, action: Action, verb: str, body: dict[str, object]) -> None:
        case_id = self._queues.cases[self._id(action)]
        path = f"/v1/protection/cases/{case_id}:{verb}"
        self._door.command(path, body, _protection_officer(action))


def _complaint_officer(action: Action) -> str:
    return COMPLAINT_OFFICERS[action.index % len(COMPLAINT_OFFICERS)]


def _protection_officer(action: Action) -> str:
    return PROTECTION_OFFICERS[action.index % len(PROTECTION_OFFICERS)]
