"""Queues look at the open matters only: those of all the years are not read for them."""

from alembic import op

revision = "handover_0003"
down_revision = "handover_0002"


def upgrade() -> None:
    # Without a lock that commands would wait for; what an interrupted run left is made anew.
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '4s'")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS matter_open")
        op.execute(
            "CREATE INDEX CONCURRENTLY matter_open ON matter (matter_id) WHERE closed_at IS NULL"
        )
