"""When people were heard before that was kept: a migration finds it in what was done."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.chassis.migrate import migrate_on
from services.chassis.testing import A_MORNING
from services.complaint.domain import Complaint
from services.process.acts import Act
from tests.complaint.builders import a_complaint

pytestmark = pytest.mark.database("complaint")
A_DAY = timedelta(days=1)
# More than one batch of the migration.
MANY = 600


def done(complaint_id: str, action: str, at: datetime, **fields: Any) -> Act:
    about = {"state": "triaged", "version": "base", "regulation": "(contoh)", "actor": "o1"}
    name = f"{complaint_id}/{action}/{at:%d}"
    return Act(name, complaint_id, action, at, **(about | fields))


def migrated_anew(database: sa.Engine) -> None:
    """As it is for whoever has the release before."""
    before = "UPDATE schema_version SET version_num = 'complaint_0013' WHERE version_num ~ '^comp'"
    with database.begin() as connection:
        connection.execute(sa.text(before))
    with database.connect() as connection:
        migrate_on(connection, "complaint")


def heard(database: sa.Engine, *, twice: bool = False) -> dict[str, datetime | None]:
    for _ in range(1 + twice):
        migrated_anew(database)
    with database.connect() as connection:
        found = connection.execute(sa.text("SELECT complaint_id, heard_at FROM complaint"))
        return {row.complaint_id: row.heard_at for row in found}


def keep(database: sa.Engine, *things: Complaint | Act) -> None:
    with Session(database) as session, session.begin():
        session.add_all(things)


@pytest.mark.parametrize(
    ("action", "fields", "is_theirs"),
    [
        ("ReceiveMessage", {}, True),
        ("DoubtContactPlan", {"reason": ""}, True),
        ("DoubtContactPlan", {"reason": "person_doubts", "actor": "complainant:c1"}, True),
        ("DoubtContactPlan", {"reason": "no_answer"}, False),
        ("AnswerComplaint", {}, False),
    ],
)
def test_the_last_word_of_whoever_complained_is_when_they_were_heard(
    database: sa.Engine, action: str, fields: dict[str, str], is_theirs: bool
) -> None:
    days = (A_MORNING, A_MORNING + A_DAY)
    keep(database, a_complaint(), *(done("c1", action, at, **fields) for at in days))
    assert heard(database, twice=True) == {"c1": days[-1] if is_theirs else None}


def test_what_was_kept_since_stays_and_what_is_closed_is_left_alone(database: sa.Engine) -> None:
    later, ended = A_MORNING + 2 * A_DAY, A_MORNING + A_DAY
    since = a_complaint(complaint_id="since")
    since.heard_at = later
    keep(
        database,
        since,
        a_complaint(complaint_id="closed", closed_at=ended),
        a_complaint(complaint_id="merged", closed_at=ended, merged_into="since"),
        *(done(each, "AskWhy", A_MORNING) for each in ("since", "closed", "merged")),
    )
    assert heard(database) == {"since": later, "closed": None, "merged": A_MORNING}


def test_however_many_there_are_each_is_found(database: sa.Engine) -> None:
    ids = [f"c{number:04}" for number in range(MANY)]
    keep(database, *(a_complaint(complaint_id=each) for each in ids))
    keep(database, *(done(each, "AskWhy", A_MORNING) for each in ids))
    assert heard(database) == dict.fromkeys(ids, A_MORNING)
