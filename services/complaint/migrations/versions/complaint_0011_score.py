"""Who answers the survey by SMS tells a score, and not whether what they asked for was met."""

from alembic import op

revision = "complaint_0011"
down_revision = "complaint_0010"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute("ALTER TABLE survey ALTER COLUMN solved DROP NOT NULL")
