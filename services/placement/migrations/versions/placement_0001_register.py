"""Agencies with their locks, workers, placements, sanction files, matters of workers in process."""

from alembic import op

revision = "placement_0001"
down_revision = None
branch_labels = ("placement",)

TABLES = """
CREATE TABLE p3mi (
    p3mi_id text PRIMARY KEY,
    name text NOT NULL,
    licence_no text NOT NULL UNIQUE,
    registered_at timestamptz NOT NULL
);

CREATE TABLE p3mi_lock (
    decision_id text PRIMARY KEY,
    p3mi_id text NOT NULL REFERENCES p3mi,
    decision_no text NOT NULL UNIQUE,
    article text NOT NULL,
    countries text[] NOT NULL,
    signatory text NOT NULL,
    decided_on date NOT NULL,
    expires_on date,
    ended_as text DEFAULT '' NOT NULL,
    ended_at timestamptz,
    ended_by_no text DEFAULT '' NOT NULL
);

CREATE INDEX p3mi_lock_p3mi ON p3mi_lock (p3mi_id);

CREATE TABLE worker (
    worker_id text PRIMARY KEY,
    regency text DEFAULT '' NOT NULL,
    registered_at timestamptz NOT NULL
);

CREATE TABLE person (
    worker_id text PRIMARY KEY,
    name text NOT NULL,
    nik text DEFAULT '' NOT NULL,
    passport_no text DEFAULT '' NOT NULL,
    contact text DEFAULT '' NOT NULL
);

CREATE INDEX person_nik ON person (nik) WHERE nik <> '';

CREATE TABLE placement (
    placement_id text PRIMARY KEY,
    worker_id text NOT NULL,
    p3mi_id text DEFAULT '' NOT NULL,
    country text NOT NULL,
    started_at timestamptz NOT NULL,
    status text NOT NULL,
    departed_on date,
    returned_on date,
    stopped_as text DEFAULT '' NOT NULL
);

CREATE UNIQUE INDEX placement_one_process ON placement (worker_id) WHERE status = 'in_process';
CREATE INDEX placement_in_process ON placement (p3mi_id) WHERE status = 'in_process';

CREATE TABLE recommendation (
    matter_id text PRIMARY KEY,
    p3mi_id text DEFAULT '' NOT NULL,
    violation text DEFAULT '' NOT NULL,
    article text DEFAULT '' NOT NULL,
    note_id text DEFAULT '' NOT NULL
);

CREATE TABLE sanction_file (
    file_id text PRIMARY KEY,
    matter_id text NOT NULL,
    p3mi_id text NOT NULL,
    violation text DEFAULT '' NOT NULL,
    taken_at timestamptz NOT NULL,
    status text NOT NULL,
    decision_id text DEFAULT '' NOT NULL,
    note_id text DEFAULT '' NOT NULL
);

CREATE INDEX sanction_file_in_work ON sanction_file (taken_at, file_id)
    WHERE status IN ('pending', 'open');

CREATE TABLE worker_matter (
    matter_id text PRIMARY KEY,
    placement_id text NOT NULL,
    decision_id text NOT NULL
);

CREATE TABLE wish (
    plan_id text PRIMARY KEY,
    worker_id text DEFAULT '' NOT NULL,
    country text DEFAULT '' NOT NULL,
    wished_at timestamptz NOT NULL
);

CREATE INDEX wish_order ON wish (wished_at, plan_id);
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute(TABLES)
