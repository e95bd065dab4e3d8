"""Whatever evidence an amendment wants for whatever action or ground: it is looked for, or refused
with its reason, and nothing breaks in an officer's hands."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any

import pytest
from estafet.complaint.v1 import service_pb2 as pb

from services.chassis.errors import NotAllowed
from services.chassis.testing import FakeUnitOfWork
from services.complaint.workflow import EVIDENCE, LAW
from services.process.law import BASE, Version, merged
from services.process.workflow import Workflow
from tests.complaint.agency import Hearing
from tests.complaint.builders import C1, a_complaint, a_filing, acts, an_office, api, situations
from tests.complaint.test_contact import OneInbox, bring, told_by_sms
from tests.complaint.test_table import PROCESS, REQUESTS, an_office_in, needs

Case = tuple[FakeUnitOfWork, Callable[[], Any]]
A_PNG = b"\x89PNG\r\n\x1a\n"
BY_THE_AGENCY: dict[str, dict[str, Any]] = {
    "AnswerInvitation": {"name": "Direktur Contoh", "explanation": "Terlambat."},
    "AskAnotherDate": {"wished_on": "2024-03-20", "text": "(contoh)"},
    "ObjectToInvitation": {"objection": pb.OBJECTION_NOT_OUR_WORKER, "text": "(contoh)"},
    "AddFile": {"media_type": "image/png", "content": A_PNG},
}


def by_an_officer(action: str) -> Case:
    """Where the table allows it first."""
    for situation in situations():
        uow, stage = an_office_in(situation, action)
        if stage in PROCESS.actions[action].moves and needs(action, uow):
            return uow, partial(getattr(api(uow), action), REQUESTS[action]())
    raise AssertionError(action)


def by_the_agency(action: str) -> Case:
    hearing = Hearing()
    hearing.invite()
    return hearing.uow, partial(hearing.agency, action, **BY_THE_AGENCY[action])


def filing() -> Case:
    uow = FakeUnitOfWork()
    return uow, lambda: api(uow).FileComplaint(a_filing())


def writing() -> Case:
    uow = told_by_sms()
    return uow, lambda: bring(uow, "Apa kabar?", inbox=OneInbox(C1))


CASES: dict[str, Callable[[], Case]] = {
    **{action: partial(by_an_officer, action) for action in REQUESTS},
    **{action: partial(by_the_agency, action) for action in BY_THE_AGENCY},
    "FileComplaint": filing,
    "ReceiveMessage": writing,
}


def under(monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any]) -> None:
    """An amendment holds, over the law as it is."""
    content = merged(LAW._content, changes)
    monkeypatch.setitem(LAW._versions, (), Version(BASE, Workflow.of(content)))


def tried(uow: FakeUnitOfWork, attempt: Callable[[], Any]) -> tuple[str, str]:
    """What its first act had on file, or why it was refused and what was said."""
    before = len(acts(uow))
    try:
        attempt()
    except NotAllowed as refused:
        return refused.reason, str(refused)
    return "", acts(uow)[before].evidence


def first(evidence: str) -> str:
    """What the action itself asked for; what a ground asks comes after."""
    return evidence.split(maxsplit=1)[0]


def test_every_action_of_people_about_a_complaint_is_tried_here() -> None:
    tables = LAW.base.process["complaint"], LAW.base.process["invitation"]
    of_people = {each.name for table in tables for each in table.actions.values() if each.roles}
    assert of_people == set(CASES)


@pytest.mark.parametrize(("action", "name"), list(product(CASES, EVIDENCE)))
def test_any_action_may_be_asked_for_any_evidence(
    action: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    uow, attempt = CASES[action]()
    process = "invitation" if action in BY_THE_AGENCY else "complaint"
    asked = {"actions": {action: {"evidence": [name]}}}
    under(monkeypatch, {"process": {process: asked}})
    evidence, (reason, told) = LAW.base.evidence[name], tried(uow, attempt)
    assert reason in ("", evidence.refusal)
    assert (f"{action} needs {evidence.name_en} on file" in told) if reason else first(told) == name


@pytest.mark.parametrize("name", EVIDENCE)
def test_any_ground_may_be_asked_for_any_evidence(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    uow = an_office(a_complaint("unpaid_wages", 2))
    under(monkeypatch, {"grounds": {"invalid": {"evidence": [name]}}})
    request = pb.CloseComplaintRequest(complaint_id=C1, ground="invalid")
    evidence = LAW.base.evidence[name]
    reason, told = tried(uow, partial(api(uow).CloseComplaint, request))
    assert reason in ("", evidence.refusal)
    assert (f" needs {evidence.name_en} on file" in told) if reason else told == name
