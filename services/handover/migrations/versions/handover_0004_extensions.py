"""Why the clock of an offer was made to end later, each time."""

from alembic import op

revision = "handover_0004"
down_revision = "handover_0003"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute("ALTER TABLE offer ADD COLUMN IF NOT EXISTS extensions text[] DEFAULT '{}' NOT NULL")
