"""Files that people hand in, and the reads of them beside the reads of other personal data."""

from alembic import op

revision = "chassis_0002"
down_revision = "chassis_0001"

EVIDENCE = """
CREATE TABLE evidence (
    evidence_id uuid PRIMARY KEY,
    matter_id text NOT NULL,
    media_type text NOT NULL,
    size integer NOT NULL,
    sha256 bytea NOT NULL,
    kept_by text NOT NULL,
    kept_at timestamptz NOT NULL
);
CREATE INDEX evidence_matter ON evidence (matter_id);

ALTER TABLE personal_read
    ADD COLUMN evidence_id uuid,
    ADD COLUMN opened integer DEFAULT 0 NOT NULL;
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute(EVIDENCE)
