"""A clarification on PostgreSQL, with files on a disk: what is stored comes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa
from estafet.complaint.v1 import service_pb2 as pb

from services.chassis.clock import Clock
from services.chassis.errors import NotAllowed
from services.chassis.evidence import SqlEvidence
from services.chassis.evidence_store import FolderStore
from services.chassis.identity import Caller
from services.chassis.permission import P3MI
from services.chassis.runtime import Runtime, Work
from services.chassis.testing import A_MORNING, a_caller
from services.complaint.access import TRIES_COUNT_FOR, Access
from services.complaint.access_store import SqlKeys
from services.complaint.api import ComplaintApi
from services.documents.signing import LocalSigner
from services.documents.verify import verify
from tests.complaint.agency import LINK, a_promise, at, the_parties
from tests.complaint.builders import MemoryKeys, a_filing, an_access, api
from tests.databases import a_runtime, working

pytestmark = pytest.mark.database("complaint")
KEY = "a key of thirty-two characters, and more"
MOST = 10 * 1024 * 1024


@dataclass
class Desk:
    """Complaint's rpcs, each in a transaction of its own."""

    runtime: Runtime
    folder: Path
    access: Access
    complaint_id: str = ""
    clarification_id: str = ""

    @contextmanager
    def at_work(self, caller: Caller, name: str) -> Iterator[ComplaintApi]:
        work = Work(name, caller, secret=LINK)
        with working(self.runtime, work) as uow:
            made = api(uow, self.access)
            made.files = SqlEvidence(work, FolderStore(self.folder), KEY, MOST)
            made.signer = LocalSigner(KEY)
            work.unit_of_work = uow
            yield made

    def officer(self, name: str, /, **fields: Any) -> Any:
        """What the officer does with the complaint."""
        with self.at_work(a_caller(), name) as made:
            request = getattr(pb, f"{name}Request")(complaint_id=self.complaint_id, **fields)
            return getattr(made, name)(request)

    def agency(self, name: str, /, **fields: Any) -> Any:
        """What the agency does."""
        own = self.clarification_id
        caller = Caller(f"p3mi:{own}:1", frozenset({P3MI}), matter_id=own)
        with self.at_work(caller, name) as made:
            request = getattr(pb, f"{name}Request")(clarification_id=own, **fields)
            return getattr(made, name)(request)

    def invite(self) -> None:
        told: dict[str, Any] = {"meets_at": at(A_MORNING + timedelta(days=3)), "place": "online"}
        answer = self.officer("InviteP3mi", asked="Mengapa?", p3mi_id="r1", **told)
        self.clarification_id = answer.clarification_id

    def hold(self, outcome: pb.ClarificationOutcome.ValueType, **fields: Any) -> Any:
        told: dict[str, Any] = {"held_at": at(A_MORNING), "place": "online"}
        told |= {"parties": the_parties(), "outcome": outcome}
        return self.officer("HoldClarification", **told, **fields)


@pytest.fixture
def desk(database: sa.Engine, tmp_path: Path) -> Desk:
    """A complaint about an agency that was triaged, on the tests' morning."""
    clock = Clock(tmp_path / "clock.json", movable=True)
    clock.start_at(A_MORNING)
    keys = SqlKeys(database, TRIES_COUNT_FOR)
    access = Access(KEY, an_access(MemoryKeys()).tokens, keys)
    made = Desk(a_runtime(database, clock=clock), tmp_path / "files", access)
    made.folder.mkdir()
    with made.at_work(a_caller(), "FileComplaint") as rpcs:
        filed = rpcs.FileComplaint(a_filing(p3mi_name="PT Contoh Fiktif"))
        made.complaint_id = filed.complaint_id
    made.officer("TriageComplaint", category="unpaid_wages", severity=2)
    return made


def test_a_statement_is_kept_and_opened_as_it_was_made(desk: Desk) -> None:
    desk.invite()
    answer = desk.agency("AnswerInvitation", name="Direktur Contoh", explanation="Terlambat.")
    given = desk.officer("GetDocument", document_id=answer.document_id, purpose="a test")
    with desk.at_work(a_caller(), "OpenFile") as made:
        opened = made.OpenFile(pb.OpenFileRequest(reference=given.reference))
    assert verify(opened.content, LocalSigner(KEY).public_key()).digest == answer.digest


def test_a_document_is_found_by_its_hash(desk: Desk) -> None:
    desk.invite()
    digest = desk.hold(pb.CLARIFICATION_OUTCOME_SECOND).digest
    with desk.at_work(a_caller(), "VerifyDocument") as made:
        told = made.VerifyDocument(pb.VerifyDocumentRequest(digest=digest))
    assert (told.known, told.kind, told.signer) == (True, "minutes", "local")


def test_all_that_was_said_and_promised_is_shown_to_the_officer(desk: Desk) -> None:
    desk.invite()
    desk.agency("AskAnotherDate", wished_on="2024-03-08", text="Rabu libur.")
    desk.agency("ObjectToInvitation", objection=pb.OBJECTION_OTHER, text="Bukan kami.")
    desk.agency("AddFile", media_type="image/png", content=b"\x89PNG\r\n\x1a\n")
    promised = [a_promise(), a_promise(what="Mengembalikan paspor", amount_rupiah=0)]
    desk.hold(pb.CLARIFICATION_OUTCOME_SETTLED, commitments=promised)
    shown = desk.officer("GetClarification", purpose="a test")
    assert (shown.asked, shown.wish, shown.objection_text) == (
        "Mengapa?",
        "Rabu libur.",
        "Bukan kami.",
    )
    assert [each.what for each in shown.commitments] == ["Membayar gaji", "Mengembalikan paspor"]
    assert [each.kind for each in shown.documents] == ["minutes", "file"]


def test_a_sanction_is_recommended_once_and_read_by_its_matter(desk: Desk) -> None:
    desk.invite()
    desk.hold(pb.CLARIFICATION_OUTCOME_SECOND)
    desk.invite()
    promised = [a_promise(days=0)]
    held = desk.hold(
        pb.CLARIFICATION_OUTCOME_SETTLED, commitments=promised, admitted=pb.ADMISSION_ADMITTED
    )
    desk.runtime.clock.advance_to(A_MORNING + timedelta(days=1))
    (line,) = held.commitments
    broken = pb.COMMITMENT_STATE_BROKEN
    desk.officer("ConfirmCommitment", commitment_id=line.commitment_id, state=broken)
    told = {"violation": "broken_commitment", "text": "Tidak dibayar."}
    made = desk.officer("RecommendSanction", **told)
    shown = desk.officer("GetClarification", purpose="a test")
    assert (shown.sanction_matter_id, shown.sanction_state) == (made.matter_id, "offered")
    with pytest.raises(NotAllowed) as twice:
        desk.officer("RecommendSanction", **told)
    assert twice.value.reason == "OFFER_OPEN"


def test_of_two_who_use_one_link_at_once_one_gets_in(desk: Desk) -> None:
    desk.invite()
    request = pb.OpenClarificationRequest(clarification_id=desk.clarification_id, secret=LINK)
    ready, got = Barrier(2), list[str]()

    def use() -> None:
        try:
            with desk.at_work(Caller("public"), "OpenClarification") as made:
                ready.wait()
                made.OpenClarification(request)
        except NotAllowed as refused:
            got.append(refused.reason)
        else:
            got.append("in")

    both = [Thread(target=use) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(got) == ["LINK_USED", "in"]
