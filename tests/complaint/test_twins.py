"""Whoever complained hears that their complaint goes on in another one, and that this has ended."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from estafet.complaint.v1 import service_pb2 as pb

from services.chassis.catalogue import CUSTODY_TOPIC
from services.chassis.errors import NotAllowed
from services.chassis.testing import A_MORNING, FakeUnitOfWork, Head
from services.complaint.contact import plan_of
from services.complaint.domain import Complaint, Particulars
from services.complaint.status import OF_THE_MATTER, summary
from services.complaint.survey import Survey
from services.complaint.workflow import LAW
from services.messages import outbox
from services.messages.message import Content, Message
from tests.complaint.builders import C1, C2, a_complaint, a_custody, a_plan, api, situations

C3 = "c3"
MERGED, ENDED, SURVEY = "status_reply", "matter_closed", "survey"


def an_office_of(*complaint_ids: str) -> FakeUnitOfWork:
    """Complaints about one matter, each by somebody who may be told by a telephone."""
    uow = FakeUnitOfWork()
    for at, complaint_id in enumerate(complaint_ids):
        complaint = a_complaint("unpaid_wages", 2, complaint_id=complaint_id)
        complaint.has_plan = True
        uow.add(complaint)
        uow.add(a_custody(matter_id=complaint_id))
        uow.add(Particulars(complaint_id, f"ADU-{at}", b"", narrative="(contoh)"))
        uow.heads[CUSTODY_TOPIC, complaint_id] = Head(1)
        outbox.keep_plan(uow, complaint_id, plan_of(a_plan()), complaint_id)
    return uow


def merge(uow: FakeUnitOfWork, complaint_id: str, into_id: str) -> None:
    request = pb.MergeComplaintRequest(complaint_id=complaint_id, into_id=into_id)
    api(uow).MergeComplaint(request)


def close(uow: FakeUnitOfWork, complaint_id: str, ground: str = "withdrawn") -> None:
    said = "(contoh)"
    request = pb.CloseComplaintRequest(complaint_id=complaint_id, ground=ground, text=said)
    api(uow).CloseComplaint(request)


def survey(uow: FakeUnitOfWork, complaint_id: str) -> None:
    api(uow).AnswerSurvey(pb.AnswerSurveyRequest(complaint_id=complaint_id, score=4, solved=True))


def told(uow: FakeUnitOfWork, complaint_id: str) -> list[str]:
    """The messages to whoever complained, in order."""
    found = [each for each in uow._things.values() if isinstance(each, Message)]
    return [each.code for each in found if each.recipient == complaint_id]


def last_words(uow: FakeUnitOfWork, complaint_id: str) -> str:
    found = [each for each in uow._things.values() if isinstance(each, Content)]
    said = [each.values for each in found if each.matter_id == complaint_id]
    return str(next(values["status"] for values in said[::-1] if "status" in values))


def status(uow: FakeUnitOfWork, complaint_id: str) -> pb.GetStatusResponse:
    return api(uow).GetStatus(pb.GetStatusRequest(complaint_id=complaint_id, language="en"))


def merged_and_closed(ground: str = "withdrawn") -> FakeUnitOfWork:
    uow = an_office_of(C1, C2)
    merge(uow, C1, C2)
    uow.now += timedelta(days=40)
    uow.read(Complaint, C2).answered_at = A_MORNING
    close(uow, C2, ground)
    return uow


def test_a_merge_is_told_with_what_somebody_can_do_about_it() -> None:
    uow = an_office_of(C1, C2)
    merge(uow, C1, C2)
    assert (told(uow, C1), told(uow, C2)) == ([MERGED], [])
    assert "Pengaduan Anda belum berakhir." in last_words(uow, C1)
    assert "sampaikan kepada petugas. Batas waktunya 3 April 2024" in last_words(uow, C1)


def test_the_end_of_the_other_one_is_told_with_a_survey_to_all_that_were_merged_into_it() -> None:
    uow = an_office_of(C1, C2, C3)
    merge(uow, C1, C2)
    merge(uow, C2, C3)
    close(uow, C3)
    assert told(uow, C3) == [ENDED, SURVEY]
    assert told(uow, C2) == told(uow, C1) == [MERGED, MERGED, SURVEY]
    assert "Pengaduan lain itu ditutup pada 4 Maret 2024." in last_words(uow, C1)


def test_what_was_parted_again_hears_nothing_of_the_other_one() -> None:
    uow = an_office_of(C1, C2)
    merge(uow, C1, C2)
    api(uow).SeparateComplaint(pb.SeparateComplaintRequest(complaint_id=C1))
    close(uow, C2)
    assert told(uow, C1) == [MERGED]


def test_the_status_goes_on_until_the_other_one_has_ended_and_again_if_that_is_reopened() -> None:
    uow = merged_and_closed()
    shown = status(uow, C1)
    assert "It has not ended" not in shown.summary
    assert "The other one was closed on 13 April 2024." in shown.summary
    assert shown.due_at == status(uow, C2).due_at
    api(uow).ReopenComplaint(pb.ReopenComplaintRequest(complaint_id=C2, code="not_agreed"))
    assert "It has not ended." in status(uow, C1).summary


@pytest.mark.parametrize("ground", sorted(LAW.base.grounds))
@pytest.mark.parametrize("language", ["id", "en"])
def test_of_somebody_elses_end_only_what_tells_of_the_matter_is_told(
    ground: str, language: str
) -> None:
    complaint, custody, _ = situations()["merged"]
    end = replace(situations()["closed"][0], ground=ground)
    words = summary(complaint, custody, language, end)
    name = LAW.base.grounds[ground].names[language]
    assert (f"{name}." in words) is (ground in OF_THE_MATTER)
    assert "{" not in words
    assert max(len(each.split()) for each in re.split(r"(?<=[a-z0-9])\. ", words)) <= 16


@pytest.mark.parametrize("about", ["complainant", "answer", "reply"])
def test_no_ground_that_tells_of_whoever_complained_tells_of_the_matter(about: str) -> None:
    assert not any(about in LAW.base.grounds[each].names["en"] for each in OF_THE_MATTER)


def test_a_merged_complaint_has_a_survey_once_the_other_one_has_ended() -> None:
    uow = merged_and_closed()
    survey(uow, C1)
    assert uow.read(Survey, C1).score == 4


@pytest.mark.parametrize("again", [False, True])
def test_there_is_no_survey_as_long_as_the_other_one_goes_on(*, again: bool) -> None:
    uow = merged_and_closed() if again else an_office_of(C1, C2)
    if again:
        api(uow).ReopenComplaint(pb.ReopenComplaintRequest(complaint_id=C2, code="not_agreed"))
    else:
        merge(uow, C1, C2)
    with pytest.raises(NotAllowed) as refused:
        survey(uow, C1)
    assert refused.value.reason == "MATTER_OPEN"
