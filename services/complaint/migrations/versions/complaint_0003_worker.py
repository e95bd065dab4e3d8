"""A complaint names the registered worker it is about, once an officer has confirmed that."""

from alembic import op

revision = "complaint_0003"
down_revision = "complaint_0002"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute("ALTER TABLE complaint ADD COLUMN worker_id text DEFAULT '' NOT NULL")
