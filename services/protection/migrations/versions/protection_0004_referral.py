"""A case keeps with what a ministry has returned it."""

from alembic import op

revision = "protection_0004"
down_revision = "protection_0003"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute("ALTER TABLE protection_case ADD COLUMN referral_result text DEFAULT '' NOT NULL")
