"""Does what cases give on: through the door as officers, and as ministries by their own topics."""

from datetime import date
from typing import Any

from services.cli.demo import giving_on
from services.cli.demo.custodies import Key
from services.cli.demo.door import Door
from services.cli.demo.expected_further import REPATRIATION, SANCTION
from services.cli.demo.giving_on import ComingHome, Ministerial, Sanctioning
from services.cli.demo.ministries import Ministries
from services.cli.demo.notes import note_of
from services.cli.demo.papers import Papers

PLACEMENT, EMPOWERMENT = "officer-placement", "officer-empowerment"


def answer_as_ministry(action: Ministerial, matter_id: str, ministries: Ministries) -> None:
    """A ministry writes its answer to its inbox."""
    match action:
        case giving_on.MinistryAccepts(_, ministry):
            ministries.answer(ministry, "accept", matter_id)
        case giving_on.MinistryDeclines(_, ministry, code):
            ministries.answer(ministry, "decline", matter_id, code=code, text=note_of(action))
        case giving_on.MinistryReturns(_, ministry, result):
            ministries.answer(ministry, "return", matter_id, result=result, text=note_of(action))


class Sanctions:
    """Protection recommends; placement accepts or declines, and decides."""

    def __init__(self, door: Door, papers: Papers) -> None:
        self._door, self._papers = door, papers

    def do(self, action: Sanctioning, case_id: str, officer: str) -> None:
        key = SANCTION, action.index
        match action:
            case giving_on.Recommend():
                self._recommend(key, action, case_id, officer)
            case giving_on.TakeFile():
                self._papers.work[key] = self._answer(key, "accept", {})["file_id"]
            case giving_on.RefuseFile(_, code):
                self._answer(key, "decline", {"code": code, "text": note_of(action)})
            case giving_on.Drop():
                path = f"/v1/protection/sanctions/{self._papers.ids[key]}:drop"
                self._door.command(path, {"text": note_of(action)}, officer)
            case giving_on.CloseFile():
                self._decide(key, "close", {"text": note_of(action)})
            case giving_on.Lock():
                self._decide(key, "lock", _decision(action))

    def _recommend(self, key: Key, action: giving_on.Recommend, case_id: str, officer: str) -> None:
        told = self._door.command(
            f"/v1/protection/cases/{case_id}:recommend_sanction",
            {
                "p3mi_id": self._papers.agencies[action.agency],
                "violation": action.violation,
                "text": note_of(action),
            },
            officer,
        )
        self._papers.ids[key], self._papers.offers[key] = told["matter_id"], int(told["offer_no"])

    def _answer(self, key: Key, verb: str, body: dict[str, object]) -> dict[str, Any]:
        path = f"/v1/placement/offers/{self._papers.ids[key]}:{verb}"
        return self._door.command(path, {"offer_no": self._papers.offers[key], **body}, PLACEMENT)

    def _decide(self, key: Key, verb: str, body: dict[str, object]) -> None:
        path = f"/v1/placement/sanctions/{self._papers.work[key]}:{verb}"
        self._door.command(path, body, PLACEMENT)


def _decision(action: giving_on.Lock) -> dict[str, object]:
    return {
        "decision_no": f"FIKTIF/{action.index}/2024",
        "article": "Pasal contoh (fiktif)",
        "signatory": "Direktur Contoh Fiktif",
        "expires_on": action.expires_on.isoformat(),
    }


class WaysHome:
    """Protection brings somebody home; empowerment goes on."""

    def __init__(self, door: Door, papers: Papers) -> None:
        self._door, self._papers = door, papers

    def do(self, action: ComingHome, case_id: str, officer: str, today: date) -> None:
        key = REPATRIATION, action.index
        match action:
            case giving_on.Repatriate(_, country):
                path = f"/v1/protection/cases/{case_id}:repatriate"
                told = self._door.command(path, {"country": country}, officer)
                self._papers.ids[key] = told["matter_id"]
            case giving_on.Arrive(_, needs):
                path = f"/v1/protection/repatriations/{self._papers.ids[key]}:arrive"
                home = {"arrived_on": today.isoformat(), "needs": list(needs)}
                told = self._door.command(path, home, officer)
                self._papers.offers[key] = int(told["offer_no"])
            case giving_on.TakeReturnee():
                path = f"/v1/empowerment/offers/{self._papers.ids[key]}:accept"
                body = {"offer_no": self._papers.offers[key]}
                self._papers.work[key] = self._door.command(path, body, EMPOWERMENT)["plan_id"]
            case giving_on.Enrol(_, programme):
                self._plan(key, "enrol", {"programme": programme})
            case giving_on.WishAgain(_, country):
                self._plan(key, "wish", {"country": country})
            case giving_on.Outcome(_, outcome):
                self._plan(key, "outcome", {"outcome": outcome, "text": note_of(action)})

    def _plan(self, key: Key, verb: str, body: dict[str, object]) -> None:
        path = f"/v1/empowerment/plans/{self._papers.work[key]}:{verb}"
        self._door.command(path, body, EMPOWERMENT)
