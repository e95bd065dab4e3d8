"""Workers may be erased; whether one may be, is looked up by the worker."""

from alembic import op

revision = "placement_0002"
down_revision = "placement_0001"


def upgrade() -> None:
    # Without a lock that commands would wait for; what an interrupted run left is made anew.
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '4s'")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS placement_worker")
        op.execute("CREATE INDEX CONCURRENTLY placement_worker ON placement (worker_id)")
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute("ALTER TABLE worker ADD COLUMN IF NOT EXISTS erased_at timestamptz")
