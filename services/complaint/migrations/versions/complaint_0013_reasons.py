"""For what reasons a clock was made to end later, so that each is used as often as it may be."""

from alembic import op

revision = "complaint_0013"
down_revision = "complaint_0012"

COLUMNS = """
ALTER TABLE complaint ADD COLUMN IF NOT EXISTS clock_reasons text DEFAULT '' NOT NULL;
ALTER TABLE sanction ADD COLUMN IF NOT EXISTS clock_reasons text DEFAULT '' NOT NULL;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute(COLUMNS)
