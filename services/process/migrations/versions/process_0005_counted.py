"""By whose calendar an act's clock was counted, and what number of days was given for it; those of
the release before name neither: the agency's calendar, and the law's own number."""

from alembic import op

revision = "process_0005"
down_revision = "process_0004"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute("""
        ALTER TABLE act
            ADD COLUMN IF NOT EXISTS calendar text DEFAULT '' NOT NULL,
            ADD COLUMN IF NOT EXISTS days smallint DEFAULT 0 NOT NULL
    """)
