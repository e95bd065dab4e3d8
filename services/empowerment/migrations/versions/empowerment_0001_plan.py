"""Returnees, their plans and enrolments."""

from alembic import op

revision = "empowerment_0001"
down_revision = None
branch_labels = ("empowerment",)

TABLES = """
CREATE TABLE returnee (
    matter_id text PRIMARY KEY,
    worker_id text DEFAULT '' NOT NULL,
    country text DEFAULT '' NOT NULL,
    needs text[] NOT NULL
);

CREATE TABLE plan (
    plan_id text PRIMARY KEY,
    matter_id text NOT NULL,
    worker_id text DEFAULT '' NOT NULL,
    needs text[] NOT NULL,
    opened_at timestamptz NOT NULL,
    status text NOT NULL,
    outcome text DEFAULT '' NOT NULL,
    note_id text DEFAULT '' NOT NULL
);

CREATE INDEX plan_in_work ON plan (opened_at, plan_id) WHERE status IN ('pending', 'open');

CREATE TABLE enrolment (
    enrolment_id text PRIMARY KEY,
    plan_id text NOT NULL REFERENCES plan,
    programme text NOT NULL,
    enrolled_at timestamptz NOT NULL,
    CONSTRAINT enrolment_plan_id_programme_key UNIQUE (plan_id, programme)
);
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute(TABLES)
