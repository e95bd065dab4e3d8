"""PostgreSQL finds every clock that runs by an older calendar, however far it has gone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from estafet.complaint.v1 import service_pb2 as pb
from sqlalchemy.orm import Session

from services.chassis.runtime import Work
from services.complaint import steps
from services.complaint.domain import Complaint
from services.handover.custody import Custody
from services.process.aside import Aside
from services.process.calendars import Calendars
from services.process.store import counted_otherwise
from tests.complaint.builders import a_filing, api
from tests.complaint.test_recount import BEFORE_EID, close_of, later
from tests.databases import a_runtime, working

pytestmark = pytest.mark.database("complaint")
AT_90_PERCENT = datetime(2026, 3, 26, 8, 24, tzinfo=UTC)


def an_offer_at_90_percent(database: sa.Engine) -> str:
    """Offered on Tuesday until Friday of the week after, and warned of at 80 %."""
    runtime = a_runtime(database)
    with working(runtime, Work("OfferComplaint")) as uow:
        uow.now = BEFORE_EID
        made = api(uow)
        complaint_id = made.FileComplaint(a_filing()).complaint_id
        made.TriageComplaint(
            pb.TriageComplaintRequest(
                complaint_id=complaint_id, category="unpaid_wages", severity=2
            )
        )
        made.OfferComplaint(pb.OfferComplaintRequest(complaint_id=complaint_id))
    with working(runtime, Work("take_steps")) as uow:
        uow.now = AT_90_PERCENT
        steps.take_due_steps(uow)
        complaint = uow.read(Complaint, complaint_id)
        assert (complaint.clock_percent, complaint.clock_step_at) == (80, None)
    return complaint_id


def recount(database: sa.Engine, known: Calendars) -> None:
    with working(a_runtime(database), Work("recount_clocks")) as uow:
        uow.now = AT_90_PERCENT
        steps.recount(uow, known)


def test_a_moved_holiday_moves_an_offer_in_its_last_fifth(
    database: sa.Engine, tmp_path: Path
) -> None:
    complaint_id = an_offer_at_90_percent(database)
    recount(database, later(tmp_path))
    with working(a_runtime(database), Work("GetComplaint")) as uow:
        offer = uow.read(Custody, complaint_id).open_offer
        assert offer is not None
        assert offer.due_at == uow.read(Complaint, complaint_id).clock_due_at == close_of(30)
        due_at = uow.session.execute(sa.text("SELECT due_at FROM timer")).scalars().all()
        assert due_at == [close_of(30)]


def test_what_somebody_works_on_is_counted_later(database: sa.Engine, tmp_path: Path) -> None:
    complaint_id = an_offer_at_90_percent(database)
    with Session(database) as officer:
        officer.execute(sa.text("SELECT 1 FROM matter FOR UPDATE"))
        recount(database, later(tmp_path))
    with working(a_runtime(database), Work("GetComplaint")) as uow:
        assert uow.read(Complaint, complaint_id).clock_due_at == close_of(27)
    recount(database, later(tmp_path))
    with working(a_runtime(database), Work("GetComplaint")) as uow:
        assert uow.read(Complaint, complaint_id).clock_due_at == close_of(30)


def test_the_two_are_locked_together(database: sa.Engine, tmp_path: Path) -> None:
    an_offer_at_90_percent(database)
    by = later(tmp_path).of().counted_by
    with working(a_runtime(database), Work("recount_clocks")) as uow, Session(database) as officer:
        assert len(counted_otherwise(uow.session, Complaint, by, 9, steps.CUSTODY)) == 1
        with pytest.raises(sa.exc.OperationalError):
            officer.execute(sa.text("SELECT 1 FROM matter FOR UPDATE NOWAIT"))


def test_what_was_counted_by_todays_calendar_is_not_found_again(
    database: sa.Engine, tmp_path: Path
) -> None:
    complaint_id = an_offer_at_90_percent(database)
    recount(database, later(tmp_path))
    with working(a_runtime(database), Work("recount_clocks")) as uow:
        by = uow.read(Complaint, complaint_id).clock_version
        assert counted_otherwise(uow.session, Complaint, by, 9, steps.CUSTODY) == []


def test_a_clock_that_cannot_be_counted_stops_no_other_and_raises_an_alarm(
    database: sa.Engine,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(steps, "ASIDE", Aside())
    monkeypatch.setattr(steps, "BATCH", 1)
    bad, good = an_offer_at_90_percent(database), an_offer_at_90_percent(database)
    with working(a_runtime(database), Work("test")) as uow:
        uow.read(Complaint, bad).clock_unit = "nowhere"
    for _ in range(3):
        recount(database, later(tmp_path))
    with working(a_runtime(database), Work("GetComplaint")) as uow:
        ends = [uow.read(Complaint, each).clock_due_at for each in (bad, good)]
    assert ends == [close_of(27), close_of(30)]
    (told,) = [each for each in caplog.records if each.message.startswith("alarm: ")]
    assert vars(told)["matter_id"] == bad
    assert "has no unit nowhere" in vars(told)["error"]
