"""A matter keeps the trace of its newest custody record: the next human act links back to it."""

from alembic import op

revision = "handover_0002"
down_revision = "handover_0001"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute("ALTER TABLE matter ADD COLUMN traceparent text DEFAULT '' NOT NULL")
