"""Cases name their worker; sanctions are recommended, people are brought home."""

from alembic import op

revision = "protection_0003"
down_revision = "protection_0002"

TABLES = """
ALTER TABLE known_matter ADD COLUMN worker_id text DEFAULT '' NOT NULL;
ALTER TABLE protection_case ADD COLUMN worker_id text DEFAULT '' NOT NULL;

CREATE TABLE recommended_sanction (
    matter_id text PRIMARY KEY,
    case_id text NOT NULL,
    p3mi_id text NOT NULL,
    violation text NOT NULL,
    article text DEFAULT '' NOT NULL,
    note_id text DEFAULT '' NOT NULL,
    dropped_note_id text DEFAULT '' NOT NULL
);

CREATE INDEX recommended_sanction_case ON recommended_sanction (case_id);

CREATE TABLE repatriation (
    matter_id text PRIMARY KEY,
    case_id text NOT NULL,
    worker_id text DEFAULT '' NOT NULL,
    country text NOT NULL,
    arrived_on date,
    needs text[] NOT NULL,
    closing_note_id text DEFAULT '' NOT NULL
);

CREATE INDEX repatriation_case ON repatriation (case_id);
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute(TABLES)
