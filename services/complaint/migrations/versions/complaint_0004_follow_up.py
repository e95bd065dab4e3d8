"""Which clock of complaint's own part runs, and whether it has run out."""

from alembic import op

revision = "complaint_0004"
down_revision = "complaint_0003"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute(
        "ALTER TABLE complaint ADD COLUMN IF NOT EXISTS follow_up_no bigint DEFAULT 0 NOT NULL,"
        " ADD COLUMN IF NOT EXISTS follow_up_missed boolean DEFAULT false NOT NULL"
    )
