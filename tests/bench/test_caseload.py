"""The caseload that queues are measured with holds what it says."""

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from infra.local.stack import Stack
from services.complaint.queues import Wanted, queue, stage_in_sql
from services.complaint.store import complaint
from services.handover.store import matter
from tests.bench import caseload

ENDED = 1_000

pytestmark = pytest.mark.database("complaint")


def test_it_has_so_many_complaints_of_each_stage_unit_and_officer(
    database: sa.Engine, stack: Stack
) -> None:
    with database.connect() as connection:
        name = connection.scalar(sa.text("SELECT current_database()"))
    dsn = psycopg.conninfo.make_conninfo(stack.admin_dsn, dbname=name)
    caseload.fill(dsn, caseload.OPEN + ENDED)
    joined = complaint.join(matter, matter.c.matter_id == complaint.c.complaint_id)
    by_stage = sa.select(stage_in_sql, sa.func.count()).select_from(joined).group_by(stage_in_sql)
    with Session(database) as session:
        found = {row[0]: row[1] for row in session.execute(by_stage)}
        merged = ENDED // caseload.MERGED
        assert found == {**caseload.STAGES, "merged": merged, "closed": ENDED - merged}
        small = [queue(session, Wanted(unit=unit), None, 99) for unit in caseload.SMALL_UNITS]
        assert [abs(len(each) - caseload.OF_A_SMALL_UNIT) <= 1 for each in small] == [True] * 3
        of_one = queue(session, Wanted(officer_id="officer:7"), None, 99)
        assert abs(len(of_one) - caseload.OF_AN_OFFICER) < caseload.OF_AN_OFFICER / 2
