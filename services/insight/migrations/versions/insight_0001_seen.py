"""Every record by its envelope, and who held which matter when."""

from alembic import op

revision = "insight_0001"
down_revision = None
branch_labels = ("insight",)

TABLES = """
CREATE TABLE seen (
    topic text NOT NULL,
    key text NOT NULL,
    seq bigint NOT NULL,
    record_id text NOT NULL,
    type text NOT NULL,
    service text NOT NULL,
    at timestamptz NOT NULL,
    journey_id text NOT NULL,
    trace_id text DEFAULT '' NOT NULL,
    payload bytea NOT NULL,
    PRIMARY KEY (topic, key, seq)
);

CREATE INDEX seen_journey ON seen (journey_id);
CREATE INDEX seen_at ON seen (at);

CREATE TABLE holding (
    matter_id text NOT NULL,
    custody_no bigint NOT NULL,
    service text NOT NULL,
    organisation text NOT NULL,
    unit text DEFAULT '' NOT NULL,
    officer_id text DEFAULT '' NOT NULL,
    since timestamptz NOT NULL,
    until timestamptz,
    PRIMARY KEY (matter_id, custody_no)
);

CREATE INDEX holding_since ON holding (since, matter_id);
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '5s'")
    op.execute(TABLES)
