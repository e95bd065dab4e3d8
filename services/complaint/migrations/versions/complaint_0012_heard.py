"""When whoever complained was heard last: who writes is reachable, and has not been silent."""

from alembic import op

revision = "complaint_0012"
down_revision = "complaint_0011"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute("ALTER TABLE complaint ADD COLUMN IF NOT EXISTS heard_at timestamptz")
