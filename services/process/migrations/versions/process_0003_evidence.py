"""What had to be on file for an act; acts of the release before say nothing of it."""

from alembic import op

revision = "process_0003"
down_revision = "process_0002"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute("ALTER TABLE act ADD COLUMN IF NOT EXISTS evidence text DEFAULT '' NOT NULL")
