"""What was sent long ago is forgotten without reading what is kept."""

from alembic import op

revision = "exchange_0002"
down_revision = "exchange_0001"


def upgrade() -> None:
    # Without a lock that commands would wait for; what an interrupted run left is made anew.
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = '4s'")
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS partner_news_sent")
        op.execute("CREATE INDEX CONCURRENTLY partner_news_sent ON partner_news (sent_at)")
