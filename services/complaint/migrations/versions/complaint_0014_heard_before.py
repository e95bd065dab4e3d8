"""When whoever has an open complaint was heard last, of what was written before that was kept.

By the acts that complaint_0012's release and those before it have written; the others tell nothing.
What is closed may be taken up again, which is heard itself; what was merged may be separated.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "complaint_0014"
down_revision = "complaint_0013"

# So many complaints are locked at once, for a few milliseconds.
BATCH = 500

NEXT = """
SELECT complaint_id FROM complaint
WHERE complaint_id > :after AND (closed_at IS NULL OR merged_into <> '')
ORDER BY complaint_id LIMIT :most
"""

HEARD = """
WITH last AS (
    SELECT matter_id, max(acted_at) AS at FROM act
    WHERE matter_id = ANY(:ids) AND (
        action IN ('ReceiveMessage', 'AskWhy', 'RecordConsent', 'SetContactPlan',
                   'ReceiveDocuments', 'ConfirmCommitment', 'AnswerSurvey', 'ReopenComplaint')
        OR action = 'DoubtContactPlan' AND (reason = '' OR actor LIKE 'complainant:%')
    )
    GROUP BY matter_id
),
found AS (
    SELECT complaint_id, at FROM complaint JOIN last ON complaint_id = matter_id
    WHERE heard_at IS NULL OR heard_at < at
    ORDER BY complaint_id FOR UPDATE OF complaint
)
UPDATE complaint SET heard_at = at FROM found WHERE complaint.complaint_id = found.complaint_id
"""


def upgrade() -> None:
    # Each batch is a transaction of its own: commands wait for none of the others, and what an
    # interrupted run left is done by the next.
    with op.get_context().autocommit_block():
        connection = op.get_bind()
        connection.execute(sa.text("SET lock_timeout = '4s'"))
        # In an empty database the process kernel may not have its tables yet.
        if connection.scalar(sa.text("SELECT to_regclass('act')")) is not None:
            _fill(connection)


def _fill(connection: sa.Connection) -> None:
    ids: list[Any] = [""]
    while ids:
        after = {"after": ids[-1], "most": BATCH}
        ids = list(connection.scalars(sa.text(NEXT), after))
        connection.execute(sa.text(HEARD), {"ids": ids})
