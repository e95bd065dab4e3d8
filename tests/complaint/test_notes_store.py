"""PostgreSQL finds the sanctions whose clock has come to a step, or was counted otherwise."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.chassis.runtime import Work
from services.chassis.testing import A_MORNING, worker_factory
from services.complaint import sanction_steps
from services.complaint.reactions import ComplaintCustody
from services.complaint.sanction import CLOCK, RecommendedSanction
from services.complaint.workflow import LAW
from services.process.calendars import CALENDARS
from services.process.notices import Notice
from tests.complaint.builders import C1, a_complaint, a_custody, an_offer
from tests.databases import a_runtime, working
from tests.process.decrees import a_decree, calendars

pytestmark = pytest.mark.database("complaint")
S1 = "s1"


def recommended(database: sa.Engine) -> RecommendedSanction:
    """Offered to placement on a Monday morning."""
    with working(a_runtime(database), Work("RecommendSanction")) as uow:
        sanction = RecommendedSanction(S1, C1, "r1", "broken_commitment", "n1")
        sanction.start_clock(LAW.base.clocks[CLOCK], A_MORNING, CALENDARS.of())
        custody = a_custody(an_offer(matter_id=S1), matter_id=S1)
        uow.session.add_all([sanction, custody, a_complaint("unpaid_wages", 2), a_custody()])
    return sanction


def test_a_sanction_in_the_last_fifth_of_its_time_is_warned_of_once(database: sa.Engine) -> None:
    clock = recommended(database)
    for _ in range(2):
        with working(a_runtime(database), Work("take_steps")) as uow:
            assert clock.clock_step_at is not None
            uow.now = clock.clock_step_at + timedelta(minutes=1)
            assert not worker_factory(ComplaintCustody, uow=uow).take_steps()
    with working(a_runtime(database), Work("GetDigest")) as uow:
        (told,) = uow.session.execute(sa.select(Notice)).scalars()
        assert (told.matter_id, told.clock, told.deed) == (C1, CLOCK, "warn")


def test_a_sanction_that_was_answered_is_looked_for_no_more(
    database: sa.Engine, tmp_path: Path
) -> None:
    recommended(database)
    known = calendars(tmp_path, a_decree("SKB (contoh)", adds=[A_MORNING.date()]))
    with working(a_runtime(database), Work("recount_clocks")) as uow:
        uow.session.execute(sa.text("UPDATE offer SET state = 'declined'"))
        assert not sanction_steps.recount(uow, known)
    with working(a_runtime(database), Work("recount_clocks")) as uow:
        assert uow.read(RecommendedSanction, S1).clock_due_at is None


def test_a_sanction_that_somebody_works_on_is_counted_later(
    database: sa.Engine, tmp_path: Path
) -> None:
    ends_at = recommended(database).clock_due_at
    tuesday, today = A_MORNING.date() + timedelta(days=1), A_MORNING.date()
    known = calendars(tmp_path, a_decree("SKB (contoh)", adds=[tuesday], published_on=today))
    with Session(database) as officer:
        officer.execute(sa.text("SELECT 1 FROM matter WHERE matter_id = 's1' FOR UPDATE"))
        with working(a_runtime(database), Work("recount_clocks")) as uow:
            uow.now = A_MORNING
            assert not sanction_steps.recount(uow, known)
    with working(a_runtime(database), Work("recount_clocks")) as uow:
        assert uow.read(RecommendedSanction, S1).clock_due_at == ends_at
