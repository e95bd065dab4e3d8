"""A decree moves days off: what placement has offered is counted again, each with a record."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.chassis.runtime import Work
from services.chassis.testing import worker_factory
from services.handover.custody import Custody
from services.placement.domain.sanction import WorkerMatter
from services.placement.reactions import PlacementCustody
from services.process.store import acts_of
from tests.databases import a_runtime, working
from tests.placement.builders import P1, a_placement
from tests.process.decrees import a_decree, calendars

pytestmark = pytest.mark.database("placement")
# Eid is Saturday and Sunday, 21 and 22 March 2026, with leave on the 20th, 23rd and 24th.
BEFORE_EID = datetime(2026, 3, 17, 3, tzinfo=UTC)
PUBLISHED, DAY_AFTER = date(2026, 3, 18), date(2026, 3, 25)
SKB = "SKB (contoh) Idul Fitri"


def test_the_clock_of_a_worker_in_process_ends_later_by_a_decree(
    database: sa.Engine, tmp_path: Path
) -> None:
    with working(a_runtime(database, "placement"), Work("begin_worker_matter")) as uow:
        uow.now = BEFORE_EID
        uow.add(a_placement())
        uow.add(WorkerMatter("m9", P1, "d1"))
        uow.session.flush()
        worker_factory(PlacementCustody, uow=uow).begin_worker_matter("m9", 1)
    decree = a_decree(SKB, adds=[DAY_AFTER], published_on=PUBLISHED)
    with working(a_runtime(database, "placement"), Work("recount_clocks")) as uow:
        uow.now = datetime(2026, 3, 19, 3, tzinfo=UTC)
        was = open_until(uow.read(Custody, "m9"))
        custody: PlacementCustody = worker_factory(PlacementCustody, uow=uow)
        assert custody.recount_by(calendars(tmp_path, decree)) == 1
    with working(a_runtime(database, "placement"), Work("test")) as uow:
        last = acts_of(uow.session, "m9")[-1]
        now = open_until(uow.read(Custody, "m9"))
    assert (was, now) == (close_of(27), close_of(30))
    assert (last.action, last.regulation, last.due_at) == ("recounted", SKB, now)


def open_until(custody: Custody) -> datetime:
    assert custody.open_offer is not None
    return custody.open_offer.due_at


def close_of(day: int) -> datetime:
    return datetime(2026, 3, day, 9, tzinfo=UTC)
