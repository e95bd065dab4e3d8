"""Merged complaints on PostgreSQL."""

from functools import partial

import pytest
import sqlalchemy as sa
from estafet.complaint.v1 import service_pb2 as pb
from sqlalchemy.orm import Session

from services.chassis.runtime import Work
from services.chassis.testing import FakeUnitOfWork, a_caller
from services.complaint import asked
from tests.complaint.builders import a_complaint, a_custody, a_filing, api, twins
from tests.complaint.keeping import keep
from tests.databases import a_runtime, working

pytestmark = pytest.mark.database("complaint")
MERGED = {"c1": "c2", "c2": "c4", "c3": "c4", "c4": "", "c5": ""}


@pytest.mark.parametrize("kept", ["in_the_database", "in_memory"])
def test_what_was_merged_into_what_was_merged_ends_with_it_too(session: Session, kept: str) -> None:
    uow = FakeUnitOfWork()
    for complaint_id, into in MERGED.items():
        complaint = a_complaint(complaint_id=complaint_id, merged_into=into)
        uow.add(complaint)
        keep(session, complaint, a_custody())
    find = asked.twins if kept == "in_the_database" else partial(twins, uow)
    assert {each: sorted(find(session, each)) for each in ("c1", "c2", "c4", "c5")} == {
        "c1": [],
        "c2": ["c1"],
        "c4": ["c1", "c2", "c3"],
        "c5": [],
    }


def test_nobody_ends_what_is_being_merged_into(database: sa.Engine) -> None:
    runtime = a_runtime(database)
    with working(runtime, Work("FileComplaint")) as uow:
        twin_id, into_id = (api(uow).FileComplaint(a_filing()).complaint_id for _ in range(2))
    lock = "SELECT 1 FROM complaint WHERE complaint_id = :id FOR UPDATE SKIP LOCKED"
    with working(runtime, Work("MergeComplaint", a_caller())) as uow:
        request = pb.MergeComplaintRequest(complaint_id=twin_id, into_id=into_id)
        api(uow).MergeComplaint(request)
        with database.connect() as other:
            assert other.execute(sa.text(lock), {"id": into_id}).all() == []
