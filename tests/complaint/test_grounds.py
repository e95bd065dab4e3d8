"""The waits of the law as days on the wall calendar, and by whose calendar they are counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from estafet.complaint.v1 import service_pb2 as pb

from services.chassis.errors import NotAllowed
from services.chassis.testing import FakeUnitOfWork
from services.complaint.domain import Complaint
from services.complaint.workflow import HERE
from services.process import acts as engine
from services.process import workflow
from tests.complaint.builders import C1, a_complaint, a_custody, acts, an_office, api
from tests.process.decrees import a_decree, calendars

# Filed on a Monday at 10.00 in Jakarta, and answered there and then.
FILED_AT = datetime(2024, 3, 4, 3, 0, tzinfo=UTC)
# 15 working days without Nyepi (11 and 12 March 2024 with its collective leave).
FIFTEEN_DAYS = datetime(2024, 3, 27, 9, 0, tzinfo=UTC)
WAITS = {
    "documents_incomplete": datetime(2024, 4, 3, 3, 0, tzinfo=UTC),
    "no_clear_answer": FIFTEEN_DAYS,
    "unreachable": datetime(2024, 5, 3, 3, 0, tzinfo=UTC),
    "unsolvable": datetime(2024, 9, 4, 3, 0, tzinfo=UTC),
}
A_SECOND = timedelta(seconds=1)


def an_answered(unit: str = HERE.unit) -> FakeUnitOfWork:
    """A complaint that a unit has answered as soon as it was filed."""
    complaint = a_complaint("unpaid_wages", 2, filed_at=FILED_AT, answered_at=FILED_AT)
    custody = a_custody()
    custody.holder = replace(HERE, unit=unit)
    return an_office(complaint, custody)


def end(uow: FakeUnitOfWork, ground: str, now: datetime) -> None:
    uow.now = now
    if ground == "documents_incomplete":
        uow.read(Complaint, C1).request_documents(["contract"])
    api(uow).CloseComplaint(pb.CloseComplaintRequest(complaint_id=C1, ground=ground))


@pytest.mark.parametrize("ground", WAITS)
def test_no_second_before_its_time_has_passed_a_complaint_ends(ground: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        end(an_answered(), ground, WAITS[ground] - A_SECOND)
    assert refused.value.reason == "TOO_EARLY"


@pytest.mark.parametrize("ground", WAITS)
def test_as_soon_as_its_time_has_passed_a_complaint_ends(ground: str) -> None:
    uow = an_answered()
    end(uow, ground, WAITS[ground])
    act = acts(uow)[-1]
    assert (act.action, act.clock, act.due_at) == ("CloseComplaint", ground, WAITS[ground])


def test_a_ground_waits_by_the_calendar_of_the_unit_that_holds_the_complaint() -> None:
    """Working hours end at 16.00 where the unit is: in Bali an hour before Jakarta."""
    uow, earlier = an_answered("bp3mi_bali"), FIFTEEN_DAYS - timedelta(hours=1)
    end(uow, "no_clear_answer", earlier)
    assert acts(uow)[-1].due_at == earlier


def test_a_decree_that_is_not_published_yet_makes_nobody_wait_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = a_decree(adds=[date(2024, 3, 20)], published_on=date(2024, 4, 1))
    for module in (engine, workflow):
        monkeypatch.setattr(module, "CALENDARS", calendars(tmp_path, later))
    uow = an_answered()
    end(uow, "no_clear_answer", FIFTEEN_DAYS)
    assert acts(uow)[-1].due_at == FIFTEEN_DAYS
