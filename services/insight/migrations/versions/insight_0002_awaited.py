"""The results that ministries owe, and by when."""

from alembic import op

revision = "insight_0002"
down_revision = "insight_0001"
branch_labels = None

TABLES = """
CREATE TABLE awaited (
    referral_id text PRIMARY KEY,
    matter_id text NOT NULL,
    service text NOT NULL,
    ministry text NOT NULL,
    answer_by timestamptz NOT NULL,
    ended boolean NOT NULL
);

CREATE INDEX awaited_due ON awaited (answer_by, referral_id) WHERE NOT ended;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute(TABLES)
