"""The list of closed complaints is read in its order, however many there are."""

from alembic import op

revision = "complaint_0002"
down_revision = "complaint_0001"


def upgrade() -> None:
    # Without a lock that commands would wait for; what an interrupted run left is made anew.
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '4s'")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS complaint_closed")
        op.execute(
            "CREATE INDEX CONCURRENTLY complaint_closed ON complaint (rank, filed_at, complaint_id)"
            " WHERE closed_at IS NOT NULL"
        )
