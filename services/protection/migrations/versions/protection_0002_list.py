"""The list of cases of one status is read in its order, however many there are."""

from alembic import op

revision = "protection_0002"
down_revision = "protection_0001"


def upgrade() -> None:
    # Without a lock that commands would wait for; what an interrupted run left is made anew.
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '4s'")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS protection_case_list")
        op.execute(
            "CREATE INDEX CONCURRENTLY protection_case_list ON protection_case"
            " (status, ((severity <> 4)::integer), opened_at, case_id)"
        )
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS protection_case_status")
