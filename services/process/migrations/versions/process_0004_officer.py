"""Who is accountable after an act; those of the release before name the unit only."""

from alembic import op

revision = "process_0004"
down_revision = "process_0003"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute("ALTER TABLE act ADD COLUMN IF NOT EXISTS officer_id text DEFAULT '' NOT NULL")
