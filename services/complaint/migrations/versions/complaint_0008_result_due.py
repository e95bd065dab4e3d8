"""Whoever complained is told by when the ministry that holds the complaint owes its result."""

from alembic import op

revision = "complaint_0008"
down_revision = "complaint_0007"


def upgrade() -> None:
    op.execute("ALTER TABLE complaint ADD COLUMN result_due_at timestamptz")
