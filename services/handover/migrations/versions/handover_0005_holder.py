"""What a unit or an officer is accountable for is found without a look at all that is open."""

from alembic import op

revision = "handover_0005"
down_revision = "handover_0004"


def upgrade() -> None:
    # Without a lock that commands would wait for; what an interrupted run left is made anew.
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '4s'")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS matter_holder")
        op.execute(
            "CREATE INDEX CONCURRENTLY matter_holder ON matter"
            " (kind, holder_service, holder_unit, holder_officer_id) WHERE closed_at IS NULL"
        )
