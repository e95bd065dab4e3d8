"""A service's own fold of every custody log: who holds a matter, and what is offered to whom."""

from alembic import op

revision = "handover_0001"
down_revision = None
branch_labels = ("handover",)

TABLES = """
CREATE TABLE matter (
    matter_id text PRIMARY KEY,
    journey_id text NOT NULL,
    parent_id text DEFAULT '' NOT NULL,
    kind text NOT NULL,
    custody_no bigint NOT NULL,
    told_no bigint NOT NULL,
    holder_service text DEFAULT '' NOT NULL,
    holder_organisation text DEFAULT '' NOT NULL,
    holder_unit text DEFAULT '' NOT NULL,
    holder_officer_id text DEFAULT '' NOT NULL,
    stack jsonb NOT NULL,
    children text[] NOT NULL,
    lapses integer DEFAULT 0 NOT NULL,
    setbacks integer DEFAULT 0 NOT NULL,
    ground text DEFAULT '' NOT NULL,
    article text DEFAULT '' NOT NULL,
    opened_at timestamptz NOT NULL,
    held_since timestamptz NOT NULL,
    closed_at timestamptz
) WITH (fillfactor = 70);

CREATE INDEX matter_journey ON matter (journey_id);
CREATE INDEX matter_held ON matter (holder_service, holder_organisation);

CREATE TABLE offer (
    matter_id text NOT NULL REFERENCES matter (matter_id),
    offer_no bigint NOT NULL,
    giver_service text DEFAULT '' NOT NULL,
    giver_organisation text DEFAULT '' NOT NULL,
    giver_unit text DEFAULT '' NOT NULL,
    giver_officer_id text DEFAULT '' NOT NULL,
    receiver_service text DEFAULT '' NOT NULL,
    receiver_organisation text DEFAULT '' NOT NULL,
    receiver_unit text DEFAULT '' NOT NULL,
    receiver_officer_id text DEFAULT '' NOT NULL,
    kind text NOT NULL,
    regulation text DEFAULT '' NOT NULL,
    state text NOT NULL,
    offered_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    clock_no bigint NOT NULL,
    asks integer DEFAULT 0 NOT NULL,
    answer_by timestamptz,
    question_note_id text DEFAULT '' NOT NULL,
    answer_note_id text DEFAULT '' NOT NULL,
    code text DEFAULT '' NOT NULL,
    note_id text DEFAULT '' NOT NULL,
    resource_id text DEFAULT '' NOT NULL,
    ended_at timestamptz,
    reply text DEFAULT '' NOT NULL,
    pending_id text DEFAULT '' NOT NULL,
    PRIMARY KEY (matter_id, offer_no)
);

CREATE UNIQUE INDEX one_open_offer ON offer (matter_id) WHERE state IN ('offered', 'asked');
CREATE INDEX offer_inbox ON offer (receiver_service, due_at) WHERE state IN ('offered', 'asked');
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute(TABLES)
