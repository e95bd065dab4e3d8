"""What people did with a matter, and by which rule."""

from alembic import op

revision = "process_0001"
down_revision = None
branch_labels = ("process",)

TABLES = """
CREATE TABLE act (
    act_id text PRIMARY KEY,
    matter_id text NOT NULL,
    action text NOT NULL,
    acted_at timestamptz NOT NULL,
    state text NOT NULL,
    version text NOT NULL,
    regulation text NOT NULL,
    actor text NOT NULL,
    reason text DEFAULT '' NOT NULL,
    clock text DEFAULT '' NOT NULL,
    due_at timestamptz
);

CREATE INDEX act_matter ON act (matter_id, act_id);
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute(TABLES)
