"""Whose complaints were merged into one that ends is found at once: they are told of it."""

from alembic import op

revision = "complaint_0015"
down_revision = "complaint_0014"

INDEX = "complaint_twins ON complaint (merged_into) WHERE merged_into <> ''"


def upgrade() -> None:
    # Without a lock that commands would wait for; what an interrupted run left is made anew.
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '4s'")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS complaint_twins")
        op.execute(f"CREATE INDEX CONCURRENTLY {INDEX}")
