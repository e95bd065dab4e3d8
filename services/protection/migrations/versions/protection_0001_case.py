"""What protection knows of offered matters, its cases, and what was promised in them."""

from alembic import op

revision = "protection_0001"
down_revision = None
branch_labels = ("protection",)

TABLES = """
CREATE TABLE known_matter (
    matter_id text PRIMARY KEY,
    category text DEFAULT '' NOT NULL,
    severity smallint DEFAULT 0 NOT NULL,
    triage_no bigint DEFAULT 0 NOT NULL,
    country text DEFAULT '' NOT NULL,
    case_id text DEFAULT '' NOT NULL
);

CREATE TABLE protection_case (
    case_id text PRIMARY KEY,
    matter_id text NOT NULL,
    category text DEFAULT '' NOT NULL,
    severity smallint NOT NULL,
    country text DEFAULT '' NOT NULL,
    opened_at timestamptz NOT NULL,
    status text NOT NULL,
    mediated_on date,
    outcome text DEFAULT '' NOT NULL,
    mediation_note_id text DEFAULT '' NOT NULL,
    commitment_id text DEFAULT '' NOT NULL,
    result text DEFAULT '' NOT NULL
);

CREATE INDEX protection_case_matter ON protection_case (matter_id);
CREATE INDEX protection_case_status ON protection_case (status);

CREATE TABLE commitment (
    commitment_id text PRIMARY KEY,
    case_id text NOT NULL,
    due_on date NOT NULL,
    amount bigint,
    currency text DEFAULT '' NOT NULL
);

CREATE INDEX commitment_case ON commitment (case_id);
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute(TABLES)
