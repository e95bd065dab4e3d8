"""Each stage's queue, and what was merged, is read in its order, however few of many it holds."""

from alembic import op

revision = "complaint_0007"
down_revision = "complaint_0006"

INDEXES = {
    "complaint_stage": "((CASE WHEN work <> '' THEN work WHEN result <> '' THEN 'returned'"
    " WHEN category <> '' THEN 'triaged' ELSE 'received' END), rank, filed_at, complaint_id)"
    " WHERE closed_at IS NULL",
    "complaint_merged": "(rank, filed_at, complaint_id) WHERE merged_into <> ''",
}


def upgrade() -> None:
    # Without a lock that commands would wait for; what an interrupted run left is made anew.
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '4s'")
        for name, what in INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON complaint {what}")
