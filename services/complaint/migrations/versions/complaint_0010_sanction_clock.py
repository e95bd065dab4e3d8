"""The clock of a recommended sanction, so that somebody is warned before placement's time is over.

Offers of the release before have none: their timer alone ends them.
"""

from alembic import op

revision = "complaint_0010"
down_revision = "complaint_0009"

# One sanction comes of some hundred complaints: its indexes are made within the limits.
COLUMNS = """
ALTER TABLE sanction
    ADD COLUMN IF NOT EXISTS clock text DEFAULT '' NOT NULL,
    ADD COLUMN IF NOT EXISTS clock_from timestamptz,
    ADD COLUMN IF NOT EXISTS clock_due_at timestamptz,
    ADD COLUMN IF NOT EXISTS clock_step_at timestamptz,
    ADD COLUMN IF NOT EXISTS clock_percent smallint DEFAULT 0 NOT NULL,
    ADD COLUMN IF NOT EXISTS clock_unit text DEFAULT '' NOT NULL,
    ADD COLUMN IF NOT EXISTS clock_version text DEFAULT '' NOT NULL,
    ADD COLUMN IF NOT EXISTS clock_counts text DEFAULT '' NOT NULL;

CREATE INDEX IF NOT EXISTS sanction_clock ON sanction (clock_step_at)
    WHERE clock_step_at IS NOT NULL;

CREATE INDEX IF NOT EXISTS sanction_counted ON sanction (clock_version)
    WHERE clock_due_at IS NOT NULL;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute(COLUMNS)
