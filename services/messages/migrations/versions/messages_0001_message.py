"""Messages to people, what is personal of them, the plans they go by, each channel's pace."""

from alembic import op

revision = "messages_0001"
down_revision = None
branch_labels = ("messages",)

TABLES = """
CREATE TABLE message (
    message_id uuid PRIMARY KEY,
    matter_id text NOT NULL,
    recipient text NOT NULL,
    code text NOT NULL,
    severity smallint DEFAULT 0 NOT NULL,
    written_at timestamptz NOT NULL,
    state text NOT NULL,
    reason text DEFAULT '' NOT NULL,
    due_at timestamptz,
    retry_at timestamptz,
    attempts integer DEFAULT 0 NOT NULL,
    plan_version integer DEFAULT 0 NOT NULL,
    channel text DEFAULT '' NOT NULL,
    saying text DEFAULT '' NOT NULL,
    settled_at timestamptz,
    journey_id text DEFAULT '' NOT NULL,
    headers jsonb NOT NULL
);

CREATE INDEX message_due ON message (due_at) WHERE state IN ('waiting', 'held');
CREATE INDEX message_recipient ON message (recipient) WHERE state IN ('waiting', 'held');
CREATE INDEX message_matter ON message (matter_id, message_id);
CREATE INDEX message_trouble ON message (written_at, message_id)
    WHERE state IN ('held', 'failed');

CREATE TABLE message_content (
    message_id uuid PRIMARY KEY,
    matter_id text NOT NULL,
    "values" jsonb NOT NULL,
    address text DEFAULT '' NOT NULL,
    subject text DEFAULT '' NOT NULL,
    text text DEFAULT '' NOT NULL,
    language text DEFAULT '' NOT NULL,
    reviewed boolean DEFAULT true NOT NULL
);

CREATE INDEX message_content_matter ON message_content (matter_id);

CREATE TABLE contact_plan (
    recipient text PRIMARY KEY,
    matter_id text NOT NULL,
    version integer NOT NULL,
    plan jsonb NOT NULL,
    changed boolean NOT NULL
);

CREATE INDEX contact_plan_matter ON contact_plan (matter_id);
CREATE INDEX contact_plan_ways ON contact_plan USING gin ((plan -> 'ways'));
CREATE INDEX contact_plan_changed ON contact_plan (recipient) WHERE changed;

CREATE TABLE message_pace (
    channel text PRIMARY KEY,
    next_at timestamptz NOT NULL,
    closed_until timestamptz
);
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute(TABLES)
