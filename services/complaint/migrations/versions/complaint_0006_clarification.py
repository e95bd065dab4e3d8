"""Clarifications with placement agencies: invitations, what was promised, documents, sanctions."""

from alembic import op

revision = "complaint_0006"
down_revision = "complaint_0005"

TABLES = """
ALTER TABLE complaint
    ADD COLUMN IF NOT EXISTS clarification_id text DEFAULT '' NOT NULL,
    ADD COLUMN IF NOT EXISTS sanction_id text DEFAULT '' NOT NULL;

CREATE TABLE clarification (
    clarification_id text PRIMARY KEY,
    complaint_id text NOT NULL,
    session smallint NOT NULL,
    invited_at timestamptz NOT NULL,
    meets_at timestamptz NOT NULL,
    answer_by timestamptz NOT NULL,
    place text DEFAULT '' NOT NULL,
    p3mi_id text DEFAULT '' NOT NULL,
    asked_note_id text DEFAULT '' NOT NULL,
    link_hash bytea NOT NULL,
    link_no integer DEFAULT 0 NOT NULL,
    link_ends_at timestamptz,
    link_used_at timestamptz,
    answered_at timestamptz,
    wished_on date,
    wish_note_id text DEFAULT '' NOT NULL,
    objection text DEFAULT '' NOT NULL,
    objection_note_id text DEFAULT '' NOT NULL,
    file_ids text DEFAULT '' NOT NULL,
    held_at timestamptz,
    outcome text DEFAULT '' NOT NULL,
    admitted boolean,
    before_id text DEFAULT '' NOT NULL
);
CREATE INDEX clarification_complaint ON clarification (complaint_id);

CREATE TABLE clarification_commitment (
    commitment_id text PRIMARY KEY,
    clarification_id text NOT NULL REFERENCES clarification,
    what_note_id text DEFAULT '' NOT NULL,
    by_role text DEFAULT '' NOT NULL,
    due_on date NOT NULL,
    amount_rupiah bigint DEFAULT 0 NOT NULL,
    state text DEFAULT 'open' NOT NULL,
    confirmed_at timestamptz,
    note_id text DEFAULT '' NOT NULL
);
CREATE INDEX commitment_clarification ON clarification_commitment (clarification_id);

CREATE TABLE document (
    document_id text PRIMARY KEY,
    matter_id text NOT NULL,
    clarification_id text NOT NULL REFERENCES clarification,
    kind text NOT NULL,
    digest text NOT NULL UNIQUE,
    evidence_id text NOT NULL,
    signature jsonb NOT NULL,
    made_at timestamptz NOT NULL
);
CREATE INDEX document_clarification ON document (clarification_id);

CREATE TABLE sanction (
    matter_id text PRIMARY KEY,
    complaint_id text NOT NULL,
    p3mi_id text NOT NULL,
    violation text NOT NULL,
    note_id text DEFAULT '' NOT NULL,
    dropped_note_id text DEFAULT '' NOT NULL
);
CREATE INDEX sanction_complaint ON sanction (complaint_id);
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute(TABLES)
