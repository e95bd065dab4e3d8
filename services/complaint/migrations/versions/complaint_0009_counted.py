"""Clocks that an older calendar has counted are found by its version, however many run: those that
have taken their last step, too."""

from alembic import op

revision = "complaint_0009"
down_revision = "complaint_0008"


def upgrade() -> None:
    # Without a lock that commands would wait for; what an interrupted run left is made anew.
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '4s'")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS complaint_counted")
        op.execute(
            "CREATE INDEX CONCURRENTLY complaint_counted ON complaint (clock_version)"
            " WHERE clock_due_at IS NOT NULL"
        )
