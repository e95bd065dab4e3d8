"""An agency and the officer who deals with it, on a unit of work in memory."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from estafet.complaint.v1 import service_pb2 as pb
from google.protobuf.timestamp_pb2 import Timestamp

from services.chassis.identity import Caller
from services.chassis.permission import P3MI
from services.chassis.testing import A_MORNING, FakeUnitOfWork, a_caller
from services.complaint.access import Access
from services.complaint.clarification import Clarification
from services.complaint.domain import Complaint, Particulars
from tests.complaint.builders import C1, MemoryKeys, a_complaint, an_access, an_office, api

LINK = "abcdefghijklmnopqrstuvwxyz"
OFFICER, AGENCY = "Petugas Contoh", "Direktur Contoh"


def at(instant: datetime) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(instant)
    return made


class Hearing:
    """A complaint about an agency, from the invitation on; `uow` is the officer's or the agency's,
    by who acts."""

    def __init__(self, complaint: Complaint | None = None) -> None:
        complaint = complaint or a_complaint("unpaid_wages", 2)
        self.uow: FakeUnitOfWork = an_office(complaint)
        self.uow.add(Particulars(C1, "ADU-1", b"", "Gaji belum dibayar.", p3mi_name="PT Contoh"))
        self.keys = MemoryKeys()
        self.access: Access = an_access(self.keys)

    @property
    def complaint(self) -> Complaint:
        return self.uow.read(Complaint, C1)

    @property
    def found(self) -> Clarification:
        return self.uow.read(Clarification, self.complaint.clarification_id)

    def officer(self, action: str, **fields: Any) -> Any:
        """What the officer does."""
        self.uow.caller = a_caller()
        return self._call(action, complaint_id=C1, **fields)

    def agency(self, action: str, **fields: Any) -> Any:
        """What the agency does, by the link that counts."""
        subject = fields.pop("subject", self.found.subject)
        matter_id = self.found.clarification_id
        self.uow.caller = Caller(subject, frozenset({P3MI}), matter_id=matter_id)
        return self._call(action, clarification_id=matter_id, **fields)

    def _call(self, action: str, **fields: Any) -> Any:
        made = getattr(pb, f"{action}Request")
        if "request_id" in made.DESCRIPTOR.fields_by_name:
            fields.setdefault("request_id", str(uuid4()))
        return getattr(api(self.uow, self.access), action)(made(**fields))

    def invite(self, secret: str = LINK, **fields: Any) -> pb.InviteP3miResponse:
        self.uow.secret = secret
        told = {
            "meets_at": at(self.uow.now + timedelta(days=3)),
            "place": "online",
            "asked": "Mengapa gaji tiga bulan belum dibayar?",
        }
        answer: pb.InviteP3miResponse = self.officer("InviteP3mi", **(told | fields))
        return answer

    def open(self, secret: str = LINK, clarification_id: str = "") -> pb.OpenClarificationResponse:
        request = pb.OpenClarificationRequest(
            clarification_id=clarification_id or self.found.clarification_id, secret=secret
        )
        return api(self.uow, self.access).OpenClarification(request)

    def answer(self, **fields: Any) -> pb.AnswerInvitationResponse:
        told = {"name": AGENCY, "office": "Direktur", "explanation": "Dana kami terlambat."}
        answer: pb.AnswerInvitationResponse = self.agency("AnswerInvitation", **(told | fields))
        return answer

    def hold(self, outcome: str = "SETTLED", **fields: Any) -> pb.HoldClarificationResponse:
        told = {
            "held_at": at(self.uow.now),
            "place": "online",
            "parties": the_parties(),
            "outcome": pb.ClarificationOutcome.Value(f"CLARIFICATION_OUTCOME_{outcome}"),
        }
        answer: pb.HoldClarificationResponse = self.officer("HoldClarification", **(told | fields))
        return answer

    def to_second(self, **fields: Any) -> pb.InviteP3miResponse:
        """The first session has settled nothing: invited to the second."""
        self.invite()
        self.hold("SECOND")
        return self.invite(**fields)

    def confirm(self, state: str, place: int = 0) -> pb.ConfirmCommitmentResponse:
        """What the worker says of a commitment."""
        commitment_id = self.found.commitments[place].commitment_id
        value = pb.CommitmentState.Value(f"COMMITMENT_STATE_{state}")
        answer: pb.ConfirmCommitmentResponse = self.officer(
            "ConfirmCommitment", commitment_id=commitment_id, state=value, text="Belum dibayar."
        )
        return answer

    def broken(self, **fields: Any) -> None:
        """What was promised in the second session was not done."""
        self.to_second()
        self.hold(commitments=[a_promise()], **fields)
        self.uow.now += timedelta(days=6)
        self.confirm("BROKEN")


def the_parties(*, absent: bool = False, refused_because: str = "") -> list[pb.Attendee]:
    """The officer, and the agency's director, who is absent or refuses to sign."""
    return [
        pb.Attendee(role=pb.PARTY_ROLE_OFFICER, name=OFFICER),
        pb.Attendee(
            role=pb.PARTY_ROLE_P3MI, name=AGENCY, absent=absent, refused_because=refused_because
        ),
    ]


def a_promise(days: int = 4, **fields: Any) -> pb.Promise:
    """To pay three months' wages some days after the morning of the tests."""
    due_on = (A_MORNING + timedelta(days=days)).date().isoformat()
    told: dict[str, Any] = {"what": "Membayar gaji", "amount_rupiah": 9_000_000, "due_on": due_on}
    return pb.Promise(**(told | fields))
