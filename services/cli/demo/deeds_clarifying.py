"""Does what happens between complaint and an agency that it hears: the officer signed in, the
agency by the link that the officer was given for it, whoever complained by number and secret."""

from collections.abc import Mapping
from datetime import date
from functools import singledispatchmethod
from typing import Any

from services.cli.demo import clarifying
from services.cli.demo.actions import Survey
from services.cli.demo.clarifying import Clarifying, Commitment
from services.cli.demo.door import Door, Own
from services.cli.demo.expected_further import SANCTION
from services.cli.demo.notes import note_of
from services.cli.demo.papers import Papers
from services.cli.demo.stage import MORNING, instant

COORDINATOR, UNIT = "coordinator-complaint", "layanan_pengaduan"
OFFICER, DIRECTOR, WORKER = "Petugas Contoh", "Direktur Contoh Fiktif", "Pekerja Contoh Fiktif"
ONLINE = "online"


def subject_of(number: int) -> str:
    """An officer of complaint as the service knows them (infra/identity/clients.toml)."""
    return f"officer:complaint-{number + 1}"


class Clarifications:
    """Safe for threads that work on different filings."""

    def __init__(self, door: Door, papers: Papers) -> None:
        self._door, self._papers = door, papers

    def appoint(self, number: int) -> None:
        body = {"officer_id": subject_of(number), "unit": UNIT}
        self._door.command("/v1/officers", body, COORDINATOR)

    def answer_survey(self, action: Survey, complaint_id: str) -> None:
        """As whoever complained, who looks by number and secret."""
        own = self._door.enter("/v1/access", self._papers.keys[action.index])
        told = {"score": action.score, "solved": action.solved, "text": note_of(action)}
        self._door.command(f"/v1/complaints/{complaint_id}:survey", told, own)

    def do(self, action: Clarifying, complaint_id: str, officer: str, today: date) -> None:
        """Do one deed; DemoFailed if it is refused."""
        acting = _Acting(self._door, self._papers, complaint_id, officer, today)
        acting.do(action)


class _Acting:
    """Everybody who has to do with one complaint on one day."""

    def __init__(
        self, door: Door, papers: Papers, complaint_id: str, officer: str, today: date
    ) -> None:
        self._door, self._papers = door, papers
        self._complaint_id, self._officer, self._today = complaint_id, officer, today

    @singledispatchmethod
    def do(self, action: Clarifying) -> None:
        raise TypeError(f"nobody does {type(action).__name__}")

    @do.register
    def _(self, _action: clarifying.Take) -> None:
        self._command("take", {})

    @do.register
    def _(self, action: clarifying.Invite) -> None:
        told = self._command(
            "invite",
            {
                "p3mi_id": self._papers.agencies[action.agency],
                "meets_at": instant(action.meets_on, MORNING).isoformat(),
                "place": ONLINE,
                "asked": note_of(action),
            },
        )
        link = {name: told[name] for name in ("clarification_id", "secret")}
        self._papers.links[action.index] = link

    @do.register
    def _(self, action: clarifying.AskDate) -> None:
        agency, about = self._come_in(action.index)
        told = {"wished_on": action.wished_on.isoformat(), "text": note_of(action)}
        self._door.command(f"{about}:ask_date", told, agency)

    @do.register
    def _(self, action: clarifying.Explain) -> None:
        agency, about = self._come_in(action.index)
        self._door.ask(about, {}, agency)
        told = {"name": DIRECTOR, "office": "Direktur", "explanation": note_of(action)}
        self._door.command(f"{about}:answer", told, agency)

    def _come_in(self, index: int) -> tuple[Own, str]:
        """The agency opens its link: its token, and where it may look."""
        link = self._papers.links[index]
        agency = self._door.enter("/v1/clarifications:open", link)
        return agency, f"/v1/clarifications/{link['clarification_id']}"

    @do.register
    def _(self, action: clarifying.Hold) -> None:
        told = self._command(
            "hold_clarification",
            {
                "held_at": instant(self._today, MORNING).isoformat(),
                "place": ONLINE,
                "parties": _parties(absent=action.absent),
                "said": [{"by": OFFICER, "said": note_of(action)}],
                "admitted": f"ADMISSION_{(action.admitted or 'unspecified').upper()}",
                "outcome": f"CLARIFICATION_OUTCOME_{action.outcome.upper()}",
                "commitments": [] if action.commitment is None else [_promise(action.commitment)],
            },
        )
        for promised in told.get("commitments", []):
            self._papers.commitments[action.index] = promised["commitment_id"]

    @do.register
    def _(self, action: clarifying.Confirm) -> None:
        state = "KEPT" if action.kept else "BROKEN"
        told = {
            "commitment_id": self._papers.commitments[action.index],
            "state": f"COMMITMENT_STATE_{state}",
            "text": note_of(action),
        }
        self._command("confirm_commitment", told)

    @do.register
    def _(self, action: clarifying.RecommendBroken) -> None:
        body = {"violation": action.violation, "text": note_of(action)}
        told = self._command("recommend_sanction", body)
        key = SANCTION, action.index
        self._papers.ids[key], self._papers.offers[key] = told["matter_id"], int(told["offer_no"])

    def _command(self, verb: str, body: Mapping[str, object]) -> dict[str, Any]:
        return self._door.command(
            f"/v1/complaints/{self._complaint_id}:{verb}", body, self._officer
        )


def _parties(*, absent: bool) -> list[dict[str, object]]:
    return [
        {"role": "PARTY_ROLE_OFFICER", "name": OFFICER},
        {"role": "PARTY_ROLE_P3MI", "name": DIRECTOR, "office": "Direktur", "absent": absent},
        {"role": "PARTY_ROLE_COMPLAINANT", "name": WORKER},
    ]


def _promise(promised: Commitment) -> dict[str, object]:
    return {
        "what": "Membayar kepada pekerja sesuai hasil klarifikasi (contoh).",
        "amount_rupiah": promised.amount,
        "by": "PARTY_ROLE_P3MI",
        "due_on": promised.due_on.isoformat(),
    }
