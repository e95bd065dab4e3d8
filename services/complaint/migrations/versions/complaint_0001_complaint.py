"""Complaints, what is personal about them, their answers, and tries to open them."""

from alembic import op

revision = "complaint_0001"
down_revision = None
branch_labels = ("complaint",)

TABLES = """
CREATE TABLE complaint (
    complaint_id text PRIMARY KEY,
    channel text DEFAULT '' NOT NULL,
    reporter text DEFAULT '' NOT NULL,
    country text DEFAULT '' NOT NULL,
    urgent boolean NOT NULL,
    filed_at timestamptz NOT NULL,
    category text DEFAULT '' NOT NULL,
    severity smallint DEFAULT 0 NOT NULL,
    triage_no bigint DEFAULT 0 NOT NULL,
    answered_at timestamptz,
    progress text DEFAULT '' NOT NULL,
    result text DEFAULT '' NOT NULL,
    follow_up_due_at timestamptz,
    ground text DEFAULT '' NOT NULL,
    closed_at timestamptz,
    rank smallint NOT NULL
);

CREATE INDEX complaint_queue ON complaint (rank, filed_at, complaint_id) WHERE closed_at IS NULL;

CREATE TABLE particulars (
    complaint_id text PRIMARY KEY,
    number text NOT NULL UNIQUE,
    secret_hash bytea NOT NULL,
    narrative text NOT NULL,
    complainant_name text DEFAULT '' NOT NULL,
    contact text DEFAULT '' NOT NULL,
    worker_name text DEFAULT '' NOT NULL,
    employer_name text DEFAULT '' NOT NULL,
    p3mi_name text DEFAULT '' NOT NULL
);

CREATE TABLE answer (
    note_id uuid PRIMARY KEY,
    complaint_id text NOT NULL,
    answered_at timestamptz NOT NULL
);

CREATE INDEX answer_complaint ON answer (complaint_id);

CREATE TABLE access_try (
    number_hash bytea PRIMARY KEY,
    began_at timestamptz NOT NULL,
    tries integer NOT NULL
);

CREATE INDEX access_try_age ON access_try (began_at);
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute(TABLES)
